/**
 * Typed calls and events in both directions over one message channel.
 *
 * About a page of code instead of a library, because both sides need the same three things that none gives
 * together: errors that keep their `code`, events beside calls, and only own methods callable.
 */
import type { WorkerError } from "./api.ts";

/** What a worker, and the scope inside it, both are. */
export interface MessageChannelLike {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

type Message =
  | { readonly rpc: "call"; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly rpc: "result"; readonly id: number; readonly value: unknown }
  | { readonly rpc: "failure"; readonly id: number; readonly error: WorkerError }
  | { readonly rpc: "event"; readonly name: string; readonly value: unknown };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call that the other side refused; `code` and `message` are the other side's. */
export class RemoteCallError extends Error implements WorkerError {
  override readonly name = "RemoteCallError";
  readonly code: string;
  readonly details?: string;

  constructor(error: WorkerError) {
    super(error.message);
    this.code = error.code;
    if (error.details !== undefined) this.details = error.details;
  }
}

/**
 * The transferable form of anything thrown. The code is that of the typed error at the bottom of the causes,
 * which is what really happened ("paused", not "scan-failed"); an error without any is "internal".
 */
export function toWorkerError(thrown: unknown): WorkerError {
  if (!(thrown instanceof Error)) return { code: "internal", message: String(thrown) };
  const typed = causesOf(thrown).filter((error) => typeof error.code === "string");
  const code = typed.at(-1)?.code;
  const details = code === undefined ? thrown.stack : detailsOf(typed);
  return {
    code: typeof code === "string" ? code : "internal",
    message: thrown.message,
    ...(details === undefined ? {} : { details }),
  };
}

type TypedError = Error & { readonly code?: unknown; readonly details?: unknown };

function causesOf(thrown: Error): readonly TypedError[] {
  const causes: TypedError[] = [];
  for (let at: unknown = thrown; at instanceof Error && causes.length < 16; at = at.cause) causes.push(at);
  return causes;
}

/** What the errors say of themselves beyond the message, and by which codes it came up. */
function detailsOf(typed: readonly TypedError[]): string | undefined {
  const lines = typed.flatMap(({ details }) => (typeof details === "string" ? [details] : []));
  if (typed.length > 1) lines.push(typed.map(({ code }) => code).join(" < "));
  return lines.length === 0 ? undefined : lines.join("\n");
}

/**
 * One end of the channel: serves the own methods of `served`, calls those of the other end through `remote`.
 *
 * @typeParam Remote the other end's methods, all of which give promises
 * @typeParam Received events that the other end emits
 * @typeParam Emitted events that this end emits
 */
export class RpcPeer<Remote extends object, Received extends object, Emitted extends object> {
  readonly remote: Remote;
  readonly #channel: MessageChannelLike;
  readonly #served: object;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<(value: never) => void>>();
  #lastId = 0;

  constructor(channel: MessageChannelLike, served: object) {
    this.#channel = channel;
    this.#served = served;
    this.remote = new Proxy(Object.create(null), {
      // Without `then`, an awaited proxy would be taken for a promise.
      get: (_target, method) =>
        typeof method !== "string" || method === "then"
          ? undefined
          : (...args: unknown[]) => this.#call(method, args),
    }) as Remote;
    channel.addEventListener("message", (event) => this.#receive(event.data as Message));
  }

  emit<Name extends keyof Emitted & string>(name: Name, value: Emitted[Name]): void {
    this.#post({ rpc: "event", name, value });
  }

  /** Answers the function that takes the listener away again. */
  on<Name extends keyof Received & string>(
    name: Name,
    listener: (value: Received[Name]) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Rejects every call without an answer; for a channel that is known to be dead. */
  fail(error: WorkerError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new RemoteCallError(error));
    this.#waiting.clear();
  }

  #call(method: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#post({ rpc: "call", id, method, args });
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  #receive(message: Message): void {
    if (message.rpc === "call") {
      void this.#serve(message.id, message.method, message.args);
    } else if (message.rpc === "event") {
      for (const listener of this.#listeners.get(message.name) ?? []) listener(message.value as never);
    } else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.rpc === "result") waiting?.resolve(message.value);
      else waiting?.reject(new RemoteCallError(message.error));
    }
  }

  async #serve(id: number, method: string, args: readonly unknown[]): Promise<void> {
    try {
      const served = this.#served as Readonly<Record<string, unknown>>;
      const own = Object.hasOwn(served, method) ? served[method] : undefined;
      if (typeof own !== "function") throw new TypeError(`No method "${method}" is served here.`);
      this.#post({ rpc: "result", id, value: await own(...args) });
    } catch (error) {
      this.#post({ rpc: "failure", id, error: toWorkerError(error) });
    }
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }
}
