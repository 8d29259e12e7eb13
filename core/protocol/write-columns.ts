/** The operations of a write, settle or fence on the wire. */
import * as v from "valibot";
import { DIGEST_BYTES } from "../batch/entry-batch.ts";
import { MAX_OPERATIONS_PER_FRAME } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";
import { packRests, unpackRests } from "./record-columns.ts";
import type { StoredWrite } from "./stored.ts";
import {
  BytesSchema,
  packAscii,
  packBytes,
  packDigests,
  unpackAscii,
  unpackBytes,
  WireColumnSchema,
} from "./wire-column.ts";

export const WriteColumnsSchema = v.strictObject({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_OPERATIONS_PER_FRAME)),
  opIds: WireColumnSchema,
  keys: WireColumnSchema,
  /** Empty = nothing may be there: a token is never empty. */
  expects: WireColumnSchema,
  /** 0 = put, 1 = delete. */
  kinds: BytesSchema,
  digests: BytesSchema,
  bodies: WireColumnSchema,
  /** Absent = none. */
  rests: v.exactOptional(WireColumnSchema),
});
export type WriteColumns = v.InferOutput<typeof WriteColumnsSchema>;

const NO_BYTES = new Uint8Array(0);

/**
 * Operation ids become part of version tokens `<n>.<opId>` and of file contents: letters, digits, `_` and `-`.
 */
export const OP_ID = /^[0-9A-Za-z_-]{1,64}$/;

/** What an operation weighs on the wire, about, in bytes. */
export function writeWeight(operation: StoredWrite): number {
  const { key, write } = operation;
  return key.length + (write === "delete" ? 0 : write.body.length + (write.rest?.length ?? 0)) + 160;
}

export function packWrites(operations: readonly StoredWrite[]): WriteColumns {
  return {
    count: operations.length,
    opIds: packAscii(operations.map((operation) => operation.opId)),
    keys: packBytes(operations.map((operation) => operation.key)),
    expects: packAscii(operations.map((operation) => operation.expect ?? "")),
    kinds: Uint8Array.from(operations, (operation) => (operation.write === "delete" ? 1 : 0)),
    digests: packDigests(
      operations.map(({ write }) => (write === "delete" ? undefined : write.digest)),
      DIGEST_BYTES,
    ),
    bodies: packBytes(operations.map(({ write }) => (write === "delete" ? NO_BYTES : write.body))),
    ...packRests(operations.map(({ write }) => (write === "delete" ? {} : write))),
  };
}

/**
 * Keys, digests and bodies are views of the frame.
 * @throws ProtocolError "malformed-frame"
 */
export function unpackWrites(columns: WriteColumns): StoredWrite[] {
  const { count, kinds, digests } = columns;
  if (kinds.length !== count || digests.length !== count * DIGEST_BYTES) {
    throw new ProtocolError("malformed-frame", "The columns of a list of operations differ in length");
  }
  const opIds = unpackAscii(columns.opIds, count);
  if (new Set(opIds).size !== count) {
    throw new ProtocolError("malformed-frame", "Two operations have the same id");
  }
  const keys = unpackBytes(columns.keys, count);
  const expects = unpackAscii(columns.expects, count);
  const bodies = unpackBytes(columns.bodies, count);
  const rests = unpackRests(columns.rests, count);
  return keys.map((key, i) => {
    const opId = opIds[i] as string;
    if (!OP_ID.test(opId)) {
      throw new ProtocolError("malformed-frame", "An operation id is not 1 to 64 of 0-9 A-Z a-z _ -");
    }
    if (key.length === 0) throw new ProtocolError("malformed-frame", `Operation ${opId} has an empty key`);
    const kind = kinds[i];
    if (kind !== 0 && kind !== 1) {
      throw new ProtocolError("malformed-frame", `Operation ${opId} is neither a put nor a delete`);
    }
    const digest = digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
    return {
      opId,
      key,
      expect: expects[i] === "" ? null : (expects[i] as string),
      write: kind === 1 ? "delete" : { body: bodies[i] as Uint8Array, digest, ...rests[i] },
    };
  });
}
