/** One authenticated WebSocket: requests with ids, streams with windows, and what becomes of both at its end. */
import { encodeFrame, FrameError } from "../frame-codec.ts";
import type { BridgeFrame, PanelFrame } from "../frames.ts";
import { MAX_REQUESTS_IN_FLIGHT, STREAM_WINDOW_BYTES } from "../limits.ts";
import { ProtocolError } from "../protocol-error.ts";
import { readBridgeFrame } from "../read-frame.ts";
import type { BridgeSocket } from "./bridge-socket.ts";

/** Any frame that asks for an answer, without what the connection adds. */
type Asking<Frame> = Frame extends { id: number } ? Omit<Frame, "id" | "window"> : never;
export type BridgeRequest = Asking<Exclude<PanelFrame, { t: "grant" | "cancel" }>>;

export type BridgeItem = Exclude<BridgeFrame, { t: "result" | "end" | "error" | "pong" }>;
type Item = BridgeItem;
export type BridgeEnd = Extract<BridgeFrame, { t: "end" }>;

/** Grants are sent when about so much was consumed: a few for each window. */
const GRANT_BYTES = STREAM_WINDOW_BYTES / 4;

interface Waiting {
  readonly item: (frame: Item, bytes: number) => void;
  readonly done: (frame: Exclude<BridgeFrame, Item>) => void;
  readonly fail: (error: Error) => void;
}

const disconnected = (): ProtocolError =>
  new ProtocolError(
    "disconnected",
    "The connection to the bridge was lost before it answered: it is made again with the next request.",
  );

export class BridgeConnection {
  readonly #socket: BridgeSocket;
  readonly #waiting = new Map<number, Waiting>();
  /** Requests that wait for one of those in flight to end. */
  readonly #queue: (() => void)[] = [];
  #nextId = 1;
  #isOpen = true;

  /** @param onClose Called once, when the connection is gone. */
  constructor(socket: BridgeSocket, onClose: (code: number) => void) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onerror = () => {};
    socket.onclose = ({ code }) => {
      this.#end();
      onClose(code);
    };
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    this.#end();
    this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  /** The value of its `result`, or undefined for a `pong`. @throws ProtocolError */
  async result(request: BridgeRequest, signal?: AbortSignal): Promise<unknown> {
    const last = await this.#ask(request, signal, () => {});
    if (last.t === "result") return last.value;
    if (last.t === "pong") return undefined;
    throw new ProtocolError("malformed-frame", `The bridge answered "${request.t}" with "${last.t}".`);
  }

  /**
   * The items of the answer, each consumed before more than a window of others is sent; returns the `end`.
   * Stops the request when the consumer stops.
   * @throws ProtocolError; the signal's reason.
   */
  async *stream(request: BridgeRequest, signal?: AbortSignal): AsyncGenerator<Item, BridgeEnd> {
    const items: { frame: Item; bytes: number }[] = [];
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    let wake: (() => void) | undefined;
    let last: Exclude<BridgeFrame, Item> | undefined;
    let failure: unknown;
    let id: number | undefined;
    this.#ask(
      request,
      either,
      (frame, bytes) => {
        items.push({ frame, bytes });
        wake?.();
      },
      (given) => {
        id = given;
      },
    ).then(
      (frame) => {
        last = frame;
        wake?.();
      },
      (error: unknown) => {
        failure = error;
        wake?.();
      },
    );
    let consumed = 0;
    try {
      for (;;) {
        // What came before is of no use to somebody who has stopped.
        signal?.throwIfAborted();
        const next = items.shift();
        if (next !== undefined) {
          yield next.frame;
          consumed += next.bytes;
          if (consumed >= GRANT_BYTES && id !== undefined) {
            this.#send({ t: "grant", id, bytes: consumed });
            consumed = 0;
          }
        } else if (failure !== undefined) {
          throw failure;
        } else if (last !== undefined) {
          if (last.t === "end") return last;
          throw new ProtocolError("malformed-frame", `The bridge ended "${request.t}" with "${last.t}".`);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      if (last === undefined && failure === undefined) stop.abort();
    }
  }

  async #ask(
    request: BridgeRequest,
    signal: AbortSignal | undefined,
    item: Waiting["item"],
    started?: (id: number) => void,
  ): Promise<Exclude<BridgeFrame, Item>> {
    signal?.throwIfAborted();
    while (this.#isOpen && this.#waiting.size >= MAX_REQUESTS_IN_FLIGHT) await this.#turn();
    signal?.throwIfAborted();
    if (!this.#isOpen) throw disconnected();
    const id = this.#nextId++;
    started?.(id);
    let abort: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { item, done: resolve, fail: reject });
        abort = () => {
          this.#send({ t: "cancel", id });
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
        const window = needsWindow(request) ? { window: STREAM_WINDOW_BYTES } : {};
        this.#send({ ...request, id, ...window } as PanelFrame);
      });
    } finally {
      if (abort !== undefined) signal?.removeEventListener("abort", abort);
      this.#waiting.delete(id);
      this.#queue.shift()?.();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #send(frame: PanelFrame): void {
    if (this.#isOpen) this.#socket.send(encodeFrame(frame));
  }

  #receive(data: unknown): void {
    let frame: BridgeFrame;
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0);
    try {
      frame = readBridgeFrame(bytes);
    } catch (error) {
      // One frame that cannot be understood costs the request it belongs to; where nobody knows which, all of them: none
      // is to wait for ever.
      const id = error instanceof FrameError ? error.requestId : undefined;
      if (id === undefined) this.#failAll(error as Error);
      else this.#waiting.get(id)?.fail(error as Error);
      return;
    }
    if (frame.t === "error") {
      const error = new ProtocolError(frame.code, frame.message);
      // Without an id it is about a frame that the bridge could not read: nobody can wait for its answer.
      if (frame.id === undefined) this.#failAll(error);
      else this.#waiting.get(frame.id)?.fail(error);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    if (frame.t === "result" || frame.t === "end" || frame.t === "pong") waiting?.done(frame);
    else waiting?.item(frame, bytes.length);
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#failAll(disconnected());
  }

  #failAll(error: Error): void {
    for (const { fail } of Array.from(this.#waiting.values())) fail(error);
    for (const next of this.#queue.splice(0)) next();
  }
}

const STREAMED = new Set<BridgeRequest["t"]>([
  "scan",
  "lookup",
  "read",
  "write",
  "settle",
  "fence",
  "preimages",
  "changes",
  "propose",
  "settled",
]);

const needsWindow = (request: BridgeRequest): boolean => STREAMED.has(request.t);
