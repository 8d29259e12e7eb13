/** How long core takes for a record, beside JSON on the same records in the same run. Runs anywhere. */
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { benchRecord } from "../data/record.ts";

/** Microseconds a record, one value a run. */
export type Rates = Readonly<Record<Operation, readonly number[]>>;
export type Operation = "stringify" | "parse" | "encode" | "decode" | "digest";

export interface RatesRequest {
  readonly records: number;
  readonly runs: number;
}

const DIGEST_BYTES = 16;
const WARM_UP_RUNS = 1;

export function measureRates({ records: count, runs }: RatesRequest): Rates {
  // Records as they come out of a store, not as the literal in benchRecord builds them.
  const records: unknown[] = structuredClone(Array.from({ length: count }, (_, i) => benchRecord(i)));
  const jsonTexts = records.map((record) => JSON.stringify(record));
  const texts = records.map((record) => encodeValue(record));
  const digester = new Digester();
  const digests = new Uint8Array(DIGEST_BYTES * count);
  const operations: Record<Operation, () => void> = {
    stringify: () => {
      for (const record of records) JSON.stringify(record);
    },
    parse: () => {
      for (const text of jsonTexts) JSON.parse(text);
    },
    encode: () => {
      for (const record of records) encodeValue(record);
    },
    decode: () => {
      for (const text of texts) decodeValue(text);
    },
    digest: () => {
      for (let i = 0; i < count; i++) digester.digestInto(records[i], digests, i * DIGEST_BYTES);
    },
  };
  const rates: Record<Operation, number[]> = { stringify: [], parse: [], encode: [], decode: [], digest: [] };
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    for (const [name, operation] of Object.entries(operations) as [Operation, () => void][]) {
      const start = performance.now();
      operation();
      const microseconds = ((performance.now() - start) * 1_000) / count;
      if (run >= 0) rates[name].push(microseconds);
    }
  }
  return rates;
}
