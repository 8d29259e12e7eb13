/** The decision that writes a merged record to both sides. */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import type { Decision } from "../../../core/session/drift.ts";

const digester = new Digester();

/** @throws CodecError or DigestError when the record holds what cannot be written. */
export function encodeMerged(value: unknown): Decision {
  return { do: "merge", body: encodeValue(value), digest: digester.digest(value) };
}
