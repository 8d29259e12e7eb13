/** The child's end: runs a backend for the bridge that started this process. */

import { unpackObserved } from "../../../core/protocol/observed-columns.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { decodeTableMapping } from "../../../core/protocol/table-mapping.ts";
import { unpackBytes } from "../../../core/protocol/wire-column.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendRows, BackendTables, RemoteBackend } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { checkBackend } from "../check-backend.ts";
import {
  type ChildRequest,
  type FromChild,
  packOutcomeList,
  packRecordList,
  type RowsName,
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
  switch (request.op) {
    case "scan":
      yield* rowsOf(backend, request.of).scan(request.range, signal);
      return undefined;
    case "read": {
      const keys = unpackBytes(request.keys, request.count);
      const reading = rowsOf(backend, request.of).read(keys, signal, { rest: request.rest });
      for await (const records of reading) yield packRecordList(records);
      return undefined;
    }
    case "changes":
      return yield* backend.collection(request.collection).changes(request.since, signal);
  }
}

async function resultOf(
  backend: RemoteBackend,
  request: Exclude<ChildRequest, StreamRequest>,
): Promise<unknown> {
  switch (request.op) {
    case "collections":
      return backend.collections();
    case "check":
      return checkBackend(backend);
    case "meta":
      return backend.collection(request.collection).meta();
    case "init":
      return backend.collection(request.collection).init(request.init);
    case "tables":
      return tablesOf(backend).list();
    case "describeTable":
      return tablesOf(backend).describe(request.table);
    case "tableIdentity":
      return tablesOf(backend).identity(request.table);
    case "lookup":
      return rowsOf(backend, request.of).lookup(unpackBytes(request.keys, request.count));
    case "write": {
      const writes = unpackWriteList(request.writes);
      return packOutcomeList(await rowsOf(backend, request.of).write(writes, request.writer));
    }
    case "predict": {
      const writes = unpackWriteList(request.writes);
      const predicted = await rowsOf(backend, request.of).predict?.(writes, request.writer);
      return packOutcomeList(predicted ?? []);
    }
    case "tellObserved":
      return backend.tellObserved?.({ ...request, changes: unpackObserved(request.changes) });
  }
}

function tablesOf({ tables }: RemoteBackend): BackendTables {
  if (tables !== undefined) return tables;
  throw new ProtocolError("unsupported", "This backend cannot open existing tables.");
}

function rowsOf(backend: RemoteBackend, name: RowsName): BackendRows {
  if ("collection" in name) return backend.collection(name.collection);
  return tablesOf(backend).rows(decodeTableMapping(name.mapping));
}

function describe(error: unknown): Extract<FromChild, { error: unknown }>["error"] {
  if (error instanceof ProtocolError) {
    const nothingWritten = error instanceof BackendError ? error.nothingWritten : true;
    return { code: error.code, message: error.message, nothingWritten };
  }
  const message = messageOf(error);
  return { code: "internal", message, nothingWritten: false };
}
