/** What one request may still send: its window, and the socket's room. */
import { encodeFrame } from "../../core/protocol/frame-codec.ts";
import type { BridgeFrame } from "../../core/protocol/frames.ts";
import { STREAM_WINDOW_BYTES } from "../../core/protocol/limits.ts";

export interface FrameSink {
  /** Resolves when the socket has room for more. Rejects when it is closed. */
  send(bytes: Uint8Array): Promise<void>;
}

export class OutStream {
  readonly #sink: FrameSink;
  readonly #signal: AbortSignal;
  #window: number;
  #wake: (() => void) | undefined;

  constructor(sink: FrameSink, window: number, signal: AbortSignal) {
    this.#sink = sink;
    this.#signal = signal;
    this.#window = Math.min(window, STREAM_WINDOW_BYTES);
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** However much is granted, no more than one window is ever open. */
  grant(bytes: number): void {
    this.#window = Math.min(this.#window + bytes, STREAM_WINDOW_BYTES);
    this.#wake?.();
  }

  /** Waits for the window, then for the socket. Rejects when the request is cancelled. */
  async item(frame: BridgeFrame): Promise<void> {
    while (this.#window <= 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#signal.throwIfAborted();
    const bytes = encodeFrame(frame);
    this.#window -= bytes.length;
    await this.#sink.send(bytes);
  }
}
