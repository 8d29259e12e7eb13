import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What Firefox answered to a command, by WebDriver's error codes ("no such element", …). */
export class MarionetteError extends Error {
  readonly code: string;

  constructor(command: string, code: string, message: string) {
    super(`${command}: ${code}: ${message}`);
    this.code = code;
  }
}

interface Waiting {
  readonly command: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const COLON = ":".charCodeAt(0);

/**
 * Client of Firefox's Marionette, which geckodriver speaks too. The wire: `LENGTH:[0, id, command, parameters]`
 * out, `LENGTH:[1, id, error, result]` in; LENGTH counts bytes. On connecting the server sends an object first.
 */
export class Marionette {
  readonly #socket: Socket;
  readonly #onGreeting: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  private constructor(socket: Socket, onGreeting: () => void) {
    this.#socket = socket;
    this.#onGreeting = onGreeting;
    socket.on("data", (data) => this.#receive(data));
    // What goes wrong is told by the close that follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#rejectAll());
  }

  /** Tries until the port answers, `isAlive` says no, or the time is over. */
  static async connect(port: number, isAlive: () => boolean, timeout = 60_000): Promise<Marionette> {
    for (const end = Date.now() + timeout; ; await delay(50)) {
      try {
        return await greeted(await open(port), (socket, onGreeting) => new Marionette(socket, onGreeting));
      } catch (error) {
        if (!isAlive() || Date.now() > end) throw error;
      }
    }
  }

  /** @throws MarionetteError */
  send(command: string, parameters: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(gone(command));
      const id = ++this.#lastId;
      this.#waiting.set(id, { command, resolve, reject });
      const text = JSON.stringify([0, id, command, parameters]);
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const colon = this.#received.indexOf(COLON);
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.toString("latin1", 0, colon));
      if (this.#received.length < end) return;
      const message: unknown = JSON.parse(this.#received.toString("utf8", colon + 1, end));
      this.#received = this.#received.subarray(end);
      this.#accept(message);
    }
  }

  #accept(message: unknown): void {
    if (!Array.isArray(message)) {
      this.#onGreeting();
      return;
    }
    const [, id, error, result] = message as [
      number,
      number,
      { error: string; message: string } | null,
      unknown,
    ];
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new MarionetteError(waiting.command, error.error, error.message));
    else waiting.resolve(result);
  }

  #rejectAll(): void {
    for (const { command, reject } of this.#waiting.values()) reject(gone(command));
    this.#waiting.clear();
  }
}

function gone(command: string): MarionetteError {
  return new MarionetteError(command, "disconnected", "Firefox went away");
}

/** The client on a socket, once the server has said what it is. */
function greeted<Client>(
  socket: Socket,
  create: (socket: Socket, onGreeting: () => void) => Client,
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = create(socket, () => resolve(client));
    socket.once("close", () => reject(gone("connecting")));
  });
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
