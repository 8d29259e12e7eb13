import { toHex } from "../key/hex.ts";
import type { BaseEntry, BaseStore } from "../session/ports.ts";
import { BASE_FILE_FORMAT, type BaseFileHead } from "./base-file.ts";

const ENTRIES_PER_READ = 500;

/**
 * The lines of a base's file, a part of some entries at a time.
 *
 * @param parts Entries in ascending key order; "damaged" stands for a part that does not decode.
 */
export async function* writeBaseFile(
  head: BaseFileHead,
  parts: AsyncIterable<readonly BaseEntry[] | "damaged">,
): AsyncGenerator<string> {
  yield line({ driftscope: "base", format: BASE_FILE_FORMAT, ...head });
  let entries = 0;
  let damaged = 0;
  for await (const part of parts) {
    if (part === "damaged") {
      damaged++;
      continue;
    }
    entries += part.length;
    yield part.map(entryLine).join("");
  }
  yield line({ end: true, entries, damaged });
}

/** All entries of any store of bases, with their bodies. @throws What the store throws. */
export async function* entriesOf(store: BaseStore): AsyncGenerator<readonly BaseEntry[]> {
  for await (const batch of store.scan({ batchSize: ENTRIES_PER_READ })) {
    const keys = Array.from({ length: batch.count }, (_key, i) =>
      batch.keys.bytes.slice(batch.keys.ends[i - 1] ?? 0, batch.keys.ends[i]),
    );
    yield (await store.read(keys)).filter((entry) => entry !== undefined);
  }
}

function entryLine({ key, state, digest, token, body }: BaseEntry): string {
  return line({ key: toHex(key), state, ...(digest ? { digest: toHex(digest) } : {}), token, body });
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
