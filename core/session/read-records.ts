import { abortable } from "../diff/abortable.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import type { ReadOptions, RecordRead } from "./ports.ts";
import { onSide, SessionError } from "./session-error.ts";

interface ReadableSide {
  read(
    keys: readonly Uint8Array[],
    signal?: AbortSignal,
    options?: ReadOptions,
  ): AsyncIterable<readonly RecordRead[]>;
}

/**
 * Reads whole records in the order of the keys. Stops after the chunk that passes `maxUnits` UTF-16 units of
 * bodies: the answer may then be shorter than the keys, but never empty for some.
 *
 * @throws SessionError "read-failed" or "malformed-answer" naming the side; the signal's reason.
 */
export async function readRecords(
  side: "local" | "remote",
  store: ReadableSide,
  keys: readonly Uint8Array[],
  maxUnits: number,
  signal: AbortSignal | undefined,
  options?: ReadOptions,
): Promise<RecordRead[]> {
  if (keys.length === 0) return [];
  const reading = onSide(side, "read-failed", `Reading records of the ${side} side`, async () => {
    const records: RecordRead[] = [];
    let units = 0;
    for await (const chunk of store.read(keys, signal, options)) {
      for (const record of chunk) {
        requireKey(side, record, keys[records.length]);
        records.push(record);
        units += record.body?.length ?? 0;
      }
      signal?.throwIfAborted();
      if (units > maxUnits) return records;
    }
    if (records.length < keys.length) {
      throw malformed(side, `answered ${records.length} of ${keys.length} records`);
    }
    return records;
  });
  return await abortable(reading, signal);
}

function requireKey(side: "local" | "remote", record: RecordRead, key: Uint8Array | undefined): void {
  if (!equalBytes(record.key, key)) throw malformed(side, "answered a record that was not asked for");
}

function malformed(side: "local" | "remote", what: string): SessionError {
  return new SessionError("malformed-answer", `The ${side} side ${what}.`, { side });
}
