/** The child's end: runs a backend for the bridge that started this process. */

import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { unpackBytes } from "../../../core/protocol/wire-column.ts";
import type { RemoteBackend } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import {
  type ChildRequest,
  type FromChild,
  packOutcomeList,
  packRecordList,
  type ToChild,
  unpackWriteList,
} from "./child-messages.ts";

/** A stream that the bridge reads: how many items it may still send. */
class OpenStream {
  readonly #abort = new AbortController();
  #pulls = 0;
  #wake: (() => void) | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pull(): void {
    this.#pulls++;
    this.#wake?.();
  }

  cancel(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  /** Resolves when one more item may be sent. Rejects when the stream is cancelled. */
  async turn(): Promise<void> {
    while (this.#pulls === 0 && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.signal.throwIfAborted();
    this.#pulls--;
  }
}

/** Serves until the bridge closes the channel, by `close` or by ending. */
export function serveBackend(backend: RemoteBackend): void {
  const streams = new Map<number, OpenStream>();
  const send = (message: FromChild): void => {
    if (process.connected) process.send?.(message);
  };

  const serve = async (id: number, request: ChildRequest): Promise<void> => {
    try {
      if (request.op === "scan" || request.op === "read" || request.op === "changes") {
        const stream = new OpenStream();
        streams.set(id, stream);
        const items = itemsOf(backend, request, stream.signal);
        for (;;) {
          await stream.turn();
          const next = await items.next();
          if (next.done) {
            send({ id, end: next.value });
            return;
          }
          send({ id, item: next.value });
        }
      }
      send({ id, result: await resultOf(backend, request) });
    } catch (error) {
      send({ id, error: describe(error) });
    } finally {
      streams.delete(id);
    }
  };

  process.on("message", (message: ToChild) => {
    if ("pull" in message) streams.get(message.id)?.pull();
    else if ("cancel" in message) streams.get(message.id)?.cancel();
    else void serve(message.id, message.request);
  });
  // A terminal sends these to the whole group; the bridge decides when this process ends.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  process.once("disconnect", () => {
    void backend.close().finally(() => process.exit(0));
  });
}

type StreamRequest = Extract<ChildRequest, { op: "scan" | "read" | "changes" }>;

async function* itemsOf(
  backend: RemoteBackend,
  request: StreamRequest,
  signal: AbortSignal,
): AsyncGenerator<unknown, string | undefined> {
  const collection = backend.collection(request.collection);
  switch (request.op) {
    case "scan":
      yield* collection.scan(request.range, signal);
      return undefined;
    case "read": {
      const keys = unpackBytes(request.keys, request.count);
      for await (const records of collection.read(keys, signal)) yield packRecordList(records);
      return undefined;
    }
    case "changes":
      return yield* collection.changes(request.since, signal);
  }
}

async function resultOf(
  backend: RemoteBackend,
  request: Exclude<ChildRequest, StreamRequest>,
): Promise<unknown> {
  switch (request.op) {
    case "collections":
      return backend.collections();
    case "meta":
      return backend.collection(request.collection).meta();
    case "init":
      return backend.collection(request.collection).init(request.init);
    case "lookup":
      return backend.collection(request.collection).lookup(unpackBytes(request.keys, request.count));
    case "write": {
      const writes = unpackWriteList(request.writes);
      return packOutcomeList(await backend.collection(request.collection).write(writes, request.writer));
    }
  }
}

function describe(error: unknown): Extract<FromChild, { error: unknown }>["error"] {
  if (error instanceof ProtocolError) {
    const nothingWritten = error instanceof BackendError ? error.nothingWritten : true;
    return { code: error.code, message: error.message, nothingWritten };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message, nothingWritten: false };
}
