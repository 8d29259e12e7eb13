/** The command line as a process, on real profiles of a real Chromium and a real SQLite file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright";
import * as v from "valibot";
import { type Report, ReportSchema } from "../../../bridge/headless/report/report-schema.ts";
import { findBrowser } from "../browsers/find-browser.ts";
import { removeProfile } from "../browsers/remove-profile.ts";
import { builtCommandLine } from "./built-command-line.ts";
import { ShopServer } from "./shop-server.ts";

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Level = "read-only" | "confirm" | "unattended";

export class HeadlessBed {
  readonly folder: string;
  readonly shop: ShopServer;
  readonly #program: string;

  private constructor(folder: string, shop: ShopServer, program: string) {
    this.folder = folder;
    this.shop = shop;
    this.#program = program;
  }

  /** @param level Of the connection "lab". */
  static async open(level: Level = "unattended"): Promise<HeadlessBed> {
    const program = await builtCommandLine();
    const folder = mkdtempSync(join(tmpdir(), "driftscope-headless-"));
    const bed = new HeadlessBed(folder, await ShopServer.start(), program);
    bed.configure(level);
    return bed;
  }

  /** @param more Settings of the config file besides the connection "lab", which serves every table. */
  configure(level: Level, more: object = {}): void {
    const config = {
      dataDir: "data",
      connections: { lab: { backend: "sqlite", file: "lab.sqlite", level, tables: ["*"] } },
      ...more,
    };
    writeFileSync(join(this.folder, "driftscope.config.json"), JSON.stringify(config));
  }

  profile(name = "one"): string {
    const folder = join(this.folder, "profiles", name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  get dataDir(): string {
    return join(this.folder, "data");
  }

  /** Everything but what the test is about. */
  usual(profile = "one", database = "shop", url = this.shop.url): string[] {
    return ["--page", url, "--profile", this.profile(profile), "--database", database, "--connection", "lab"];
  }

  /** As `usual`, for a browser that runs already. */
  attached(endpoint: string): string[] {
    return ["--page", this.shop.url, "--cdp", endpoint, "--database", "shop", "--connection", "lab"];
  }

  start(args: readonly string[]): ChildProcess {
    return this.#spawn([this.#program, ...args], "ignore");
  }

  #spawn(args: readonly string[], stdin: "ignore" | "pipe"): ChildProcess {
    // In a process group of its own, as a shell starts it.
    return spawn(process.execPath, args, {
      detached: true,
      cwd: this.folder,
      env: { ...process.env, CHROMIUM: findBrowser("chromium") },
      stdio: [stdin, "pipe", "pipe"],
    });
  }

  /**
   * As on a terminal: it shows progress, and asks. Each question that ends with one of the given texts gets its
   * answer, in any order; another one gets an empty line.
   */
  async onTerminal(args: readonly string[], answers: Readonly<Record<string, string>>): Promise<Ended> {
    const terminal = fileURLToPath(new URL("on-a-terminal.mjs", import.meta.url));
    const child = this.#spawn(["--import", terminal, this.#program, ...args], "pipe");
    let unread = "";
    child.stderr?.on("data", (data) => {
      unread = withoutControls(unread + String(data));
      if (!/[:\]] $/.test(unread)) return;
      const [, answer = ""] = Object.entries(answers).find(([question]) => unread.endsWith(question)) ?? [];
      unread = "";
      child.stdin?.write(`${answer}\n`);
    });
    return ended(child);
  }

  /** `driftscope bridge` on the same folder. */
  async bridge(): Promise<{ close(): Promise<void> }> {
    const child = this.start(["bridge", "--port", "0", "--json"]);
    const end = ended(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    return {
      close: async () => {
        child.kill("SIGTERM");
        await end;
      },
    };
  }

  async run(...args: string[]): Promise<Ended> {
    return ended(this.start(args));
  }

  /** With --json: the object that it printed. */
  async json(...args: string[]): Promise<Report & { readonly stderr: string }> {
    const { exitCode, stdout, stderr } = await this.run(...args, "--json");
    try {
      const report = v.parse(ReportSchema, JSON.parse(stdout));
      if (report.exitCode !== exitCode) throw new Error(`it says exit code ${report.exitCode}`);
      return { ...report, stderr };
    } catch (error) {
      throw new Error(`driftscope ${args.join(" ")} ended with ${exitCode}: ${stdout}${stderr}`, {
        cause: error,
      });
    }
  }

  /** Works in the application itself, in that profile: `body` is the body of an async function. */
  async inApplication<T>(body: string, profile = "one"): Promise<T> {
    const context = await this.browser(profile);
    try {
      return await evaluateIn<T>(context, this.shop.url, body);
    } finally {
      await context.close();
    }
  }

  browser(profile: string, args: readonly string[] = []): Promise<BrowserContext> {
    const executablePath = findBrowser("chromium");
    return chromium.launchPersistentContext(this.profile(profile), {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...args],
    });
  }

  async close(): Promise<void> {
    await this.shop.close();
    await removeProfile(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `db` is the application's database; `done` waits for a request or a transaction. */
async function evaluateIn<T>(context: BrowserContext, url: string, body: string): Promise<T> {
  const page = context.pages()[0] ?? (await context.newPage());
  if (page.url() !== url) await page.goto(url);
  return inPage<T>(page, body);
}

export async function inPage<T>(page: Page, body: string): Promise<T> {
  await page.waitForFunction(() => document.title === "ready");
  return page.evaluate<T>(`(async () => {
    const done = (what) => new Promise((resolve, reject) => {
      what.onsuccess = what.oncomplete = () => resolve(what.result);
      what.onerror = what.onabort = () => reject(what.error);
    });
    const db = await done(indexedDB.open("shop"));
    try { ${body} } finally { db.close(); }
  })()`);
}

/** A prompt is followed by sequences that place the cursor. */
function withoutControls(text: string): string {
  return text
    .split("\u001b")
    .map((part, i) => (i === 0 ? part : part.replace(/^\[[\d;]*[A-Za-z]/, "")))
    .join("");
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => {
    stdout += String(data);
  });
  child.stderr?.on("data", (data) => {
    stderr += String(data);
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, stdout, stderr };
}
