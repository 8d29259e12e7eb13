/** Journal pre-images on the wire. */
import * as v from "valibot";
import { packRecords, RecordColumnsSchema, recordWeight, unpackRecords } from "./record-columns.ts";
import type { StoredPreimage } from "./stored.ts";
import { packAscii, unpackAscii, WireColumnSchema } from "./wire-column.ts";

export const PreimageColumnsSchema = v.strictObject({
  opIds: WireColumnSchema,
  /** Empty = our write did not apply. */
  tokens: WireColumnSchema,
  before: RecordColumnsSchema,
});
export type PreimageColumns = v.InferOutput<typeof PreimageColumnsSchema>;

/** What a pre-image weighs on the wire, about, in bytes. */
export function preimageWeight(preimage: StoredPreimage): number {
  return recordWeight(preimage.before) + 80;
}

export function packPreimages(preimages: readonly StoredPreimage[]): PreimageColumns {
  return {
    opIds: packAscii(preimages.map((preimage) => preimage.opId)),
    tokens: packAscii(preimages.map((preimage) => preimage.token ?? "")),
    before: packRecords(preimages.map((preimage) => preimage.before)),
  };
}

/** @throws ProtocolError "malformed-frame" */
export function unpackPreimages(columns: PreimageColumns): StoredPreimage[] {
  const before = unpackRecords(columns.before);
  const opIds = unpackAscii(columns.opIds, before.length);
  const tokens = unpackAscii(columns.tokens, before.length);
  return before.map((record, i) => ({
    opId: opIds[i] as string,
    before: record,
    ...(tokens[i] === "" ? {} : { token: tokens[i] as string }),
  }));
}
