import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { findBrowser } from "../browsers/find-browser.ts";
import { removeProfile } from "../browsers/remove-profile.ts";
import type { Lab, LabPage } from "./lab.ts";
import { labScripts } from "./lab-scripts.ts";
import { type LabServer, serveLab } from "./lab-server.ts";

/**
 * Firefox over WebDriver BiDi, whose `script.evaluate` runs code in the page's own world by the debugger's
 * means, as the toolbox's eval does: under any policy of the page, and with `eval` inside it forbidden.
 */
export class FirefoxLab implements Lab {
  readonly browser = "firefox";
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #bidi: BidiConnection;
  readonly #server: LabServer;

  private constructor(child: ChildProcess, closed: Promise<void>, bidi: BidiConnection, server: LabServer) {
    this.#child = child;
    this.#closed = closed;
    this.#bidi = bidi;
    this.#server = server;
  }

  static async start(): Promise<FirefoxLab> {
    const executable = findBrowser("firefox");
    if (executable === undefined) throw new Error("no Firefox found");
    const profile = mkdtempSync(join(tmpdir(), "driftscope-lab-"));
    writeFileSync(join(profile, "user.js"), 'user_pref("browser.shell.checkDefaultBrowser", false);\n');
    const child = spawn(
      executable,
      ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const closed = new Promise<void>((resolve) => {
      child.once("exit", () => removeProfile(profile).then(resolve));
    });
    const bidi = await BidiConnection.open(await bidiAddress(child));
    await bidi.send("session.new", { capabilities: {} });
    return new FirefoxLab(child, closed, bidi, await serveLab(labScripts));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get otherOrigin(): string {
    return `http://localhost:${this.#server.port}`;
  }

  /** In a container of its own: storage is not shared with other pages. */
  async open(path: string): Promise<LabPage> {
    const { userContext } = await this.#bidi.send("browser.createUserContext", {});
    const { context } = await this.#bidi.send("browsingContext.create", { type: "tab", userContext });
    const page = new FirefoxLabPage(this.#bidi, String(context));
    await page.goto(`${this.origin}/${path}`);
    return page;
  }

  async close(): Promise<void> {
    this.#bidi.close();
    this.#child.kill("SIGTERM");
    await this.#closed;
    await this.#server.close();
  }
}

class FirefoxLabPage implements LabPage {
  readonly #bidi: BidiConnection;
  readonly #context: string;

  constructor(bidi: BidiConnection, context: string) {
    this.#bidi = bidi;
    this.#context = context;
  }

  readonly evaluate = async (code: string): Promise<string> => (await this.#run(code, false)) as string;

  async app<T>(body: string): Promise<T> {
    // Deserialized here, since BiDi's own form of objects is not JSON; JSON itself may be the page's.
    const value = await this.#run(`(async () => { ${body} })()`, true);
    return value as T;
  }

  async goto(url: string): Promise<void> {
    await this.#bidi.send("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  async close(): Promise<void> {
    await this.#bidi.send("browsingContext.close", { context: this.#context });
  }

  async #run(expression: string, awaitPromise: boolean): Promise<unknown> {
    const answer = await this.#bidi.send("script.evaluate", {
      expression,
      awaitPromise,
      target: { context: this.#context },
      resultOwnership: "none",
    });
    if (answer.type === "exception") {
      throw new Error(String((answer.exceptionDetails as { text?: unknown } | undefined)?.text));
    }
    return plainValue(answer.result as BidiValue);
  }
}

interface BidiValue {
  readonly type: string;
  readonly value?: unknown;
}

/** What BiDi serialized, as the JSON that it was. */
function plainValue({ type, value }: BidiValue): unknown {
  switch (type) {
    case "undefined":
    case "null":
      return type === "null" ? null : undefined;
    case "array":
      return (value as BidiValue[]).map(plainValue);
    case "object":
      return Object.fromEntries(
        (value as [string, BidiValue][]).map(([name, member]) => [name, plainValue(member)]),
      );
    default:
      return value;
  }
}

/** Firefox prints where it listens. */
function bidiAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.once("exit", () => reject(new Error(`Firefox ended: ${printed}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(printed);
      if (found !== null) resolve(`${found[1]}/session`);
    });
  });
}

type BidiAnswer = Readonly<Record<string, unknown>>;

class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(answer: BidiAnswer): void; reject(error: Error): void }>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(String(data))));
  }

  static open(address: string): Promise<BidiConnection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address, { maxPayload: 256 * 1024 * 1024 });
      socket.once("open", () => resolve(new BidiConnection(socket)));
      socket.once("error", reject);
    });
  }

  send(method: string, params: object): Promise<BidiAnswer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#sent;
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(message: { id?: number; error?: string; message?: string; result?: BidiAnswer }): void {
    const waiting = this.#waiting.get(message.id ?? -1);
    this.#waiting.delete(message.id ?? -1);
    if (message.error !== undefined) waiting?.reject(new Error(`${message.error}: ${message.message}`));
    else waiting?.resolve(message.result ?? {});
  }
}
