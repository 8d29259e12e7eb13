import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { toHex } from "../../../core/key/hex.ts";
import { PartKind } from "../../wire/part.ts";
import type { AgentRequest } from "../../wire/requests.ts";
import { createDatabase } from "./create-database.ts";
import { describeBuckets, describeStore } from "./describe.ts";
import { describeSchema } from "./describe-schema.ts";
import { checkStorageKey, withStore } from "./open-store.ts";
import { lookup, readRecords } from "./read.ts";
import type { RecordedWrites } from "./recorded-writes.ts";
import { readPage, readStoreKeys } from "./records.ts";
import { resultOf } from "./requests.ts";
import { scan } from "./scan.ts";
import type { TaskOutput } from "./task-output.ts";
import type { FrameContext } from "./task-runner.ts";
import { write } from "./write.ts";
import type { WriteBrake } from "./write-brake.ts";

/**
 * Does what one request asks; the answer goes out through `output`.
 *
 * @param texts the value texts of a write, one after the other
 * @param brake of a write
 * @throws AgentError, TaskStopped
 */
export async function runRequest(
  request: AgentRequest,
  texts: string,
  frame: FrameContext & { readonly recorded: RecordedWrites },
  output: TaskOutput,
  brake: WriteBrake,
): Promise<void> {
  switch (request.op) {
    case "hello":
      return answer(output, { storageKey: frame.storageKey, origin, ...selfTest(request.sample) });
    case "describe":
      return answer(output, { storageKey: frame.storageKey, origin, buckets: await describeBuckets() });
    case "describeStore":
      return withStore(request.target, frame, async (store) =>
        answer(output, {
          version: store.connection.version,
          schema: describeStore(store.begin()),
          ...(request.database ? { database: await describeSchema(store.connection) } : {}),
        }),
      );
    case "createDatabase":
      checkStorageKey(request.target.storageKey, frame);
      return answer(output, await createDatabase(request.target, request.schema));
    case "count":
      return withStore(request.target, frame, async (store) =>
        answer(output, await resultOf(store.begin().count())),
      );
    case "scan":
      return withStore(request.target, frame, (store) => scan(request, store, output));
    case "lookup":
      return withStore(request.target, frame, (store) => lookup(request, store, output));
    case "read":
      return withStore(request.target, frame, (store) => readRecords(request, store, output));
    case "records":
      return withStore(request.target, frame, (store) => readPage(request, store, output));
    case "keys":
      return withStore(request.target, frame, (store) => readStoreKeys(request, store, output));
    case "write":
      return withStore(request.target, frame, (store) => write(request, texts, store, output, brake));
    case "recorded": {
      const { target, watch, since } = request;
      return answer(output, frame.recorded.since(watch, target.database, target.store, since));
    }
  }
}

function answer(output: TaskOutput, result: unknown): Promise<void> {
  return output.emit(PartKind.json, JSON.stringify(result));
}

/** What the built-ins here make of a sample; the client knows what it should be. */
function selfTest(sample: string): { text: string; digest: string } {
  const value = decodeValue(sample);
  return { text: encodeValue(value), digest: toHex(new Digester().digest(value)) };
}
