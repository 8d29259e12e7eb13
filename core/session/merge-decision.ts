/** The decision that writes a merged record to both sides. */
import { encodeValue } from "../codec/encode-value.ts";
import { Digester } from "../digest/digester.ts";
import type { Decision } from "./drift.ts";

const digester = new Digester();

/** @throws CodecError or DigestError when the record holds what cannot be written. */
export function mergeDecision(value: unknown): Extract<Decision, { do: "merge" }> {
  return { do: "merge", body: encodeValue(value), digest: digester.digest(value) };
}
