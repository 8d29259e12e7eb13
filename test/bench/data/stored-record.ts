/** The benchmarks' records as every backend stores them: what a push of them brings there. */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { benchRecord } from "./record.ts";

export interface StoredRecord {
  readonly key: Uint8Array;
  readonly digest: Uint8Array;
  readonly body: Uint8Array;
}

const digester = new Digester();

export function storedRecord(number: number): StoredRecord {
  const record = benchRecord(number);
  return {
    key: encodeKey(record.id),
    digest: digester.digest(record),
    body: Buffer.from(encodeValue(record), "utf8"),
  };
}
