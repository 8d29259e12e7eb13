import { decodeValue } from "../../../core/codec/decode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import { diffFields } from "../../../core/merge/diff-fields.ts";
import { namesOf } from "../../../core/merge/merge-path.ts";
import type { DriftList } from "../../../core/session/drift-list.ts";
import type { RecordRead } from "../../../core/session/ports.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";

/** Drifts whose bodies are in memory at a time. */
const BATCH = 200;

/** Paths of the fields that differ, by key in hexadecimal, for the drifts where both sides hold a record. */
export async function differingFields(
  ports: SessionPorts,
  drifts: DriftList,
  signal: AbortSignal,
): Promise<Map<string, string[][]>> {
  const wanted = drifts.filter(
    ({ local, remote }) => local.state === "present" && remote.state === "present",
  );
  const fields = new Map<string, string[][]>();
  for (let from = 0; from < wanted.length; from += BATCH) {
    const some = wanted.slice(from, from + BATCH);
    const keys = some.map(({ key }) => key);
    const [here, there] = await Promise.all([
      all(ports.local.read(keys, signal)),
      all(ports.remote.read(keys, signal)),
    ]);
    some.forEach(({ key }, i) => {
      const paths = pathsBetween(there[i], here[i]);
      if (paths !== undefined) fields.set(toHex(key), paths);
    });
  }
  return fields;
}

async function all(pages: AsyncIterable<readonly RecordRead[]>): Promise<RecordRead[]> {
  const records: RecordRead[] = [];
  for await (const page of pages) records.push(...page);
  return records;
}

/** Undefined when one of them is gone or cannot be decoded meanwhile. */
function pathsBetween(a: RecordRead | undefined, b: RecordRead | undefined): string[][] | undefined {
  if (a?.body === undefined || b?.body === undefined) return undefined;
  try {
    return diffFields(decodeValue(a.body), decodeValue(b.body)).map(({ path }) => namesOf(path));
  } catch {
    return undefined;
  }
}
