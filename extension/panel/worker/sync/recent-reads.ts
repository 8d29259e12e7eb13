/**
 * Records of a remote for which every request takes seconds, whatever it carries: those of the rows on screen are read in one
 * request, and a row that is opened a moment later shows what was read of it then, as a pane that stands open does. Whatever is
 * decided there is written only where the remote still is as the comparison saw it.
 */
import { toHex } from "../../../../core/key/hex.ts";
import type { RecordRead, RemoteStore } from "../../../../core/session/ports.ts";

type Reader = Pick<RemoteStore, "read">;

interface Recent {
  readonly key: Uint8Array;
  readonly at: number;
  readonly record: Promise<RecordRead>;
}

/** How long what was read may be shown, in milliseconds. */
const RECENT_MS = 60_000;
/** About as many rows as are on screen, and some that were. */
const MAX_RECORDS = 300;
/** UTF-16 units; a longer one is read when it is opened. */
const MAX_BODY_UNITS = 64 * 1024;

export class RecentReads {
  readonly #clock: () => number;
  readonly #recent = new Map<string, Recent>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The remote, through what was read of it; itself where a request costs little. */
  of(remote: RemoteStore): Reader {
    if (remote.capabilities.keepsScans !== true) return remote;
    return { read: (keys) => this.#read(remote, keys) };
  }

  /** Begins with the request that these will be answered from. Errors are those of whoever asks. */
  ahead(remote: RemoteStore, keys: readonly Uint8Array[]): void {
    if (remote.capabilities.keepsScans === true) this.#request(remote, keys);
  }

  /** What was read before does no more. */
  clear(): void {
    this.#recent.clear();
  }

  async *#read(remote: RemoteStore, keys: readonly Uint8Array[]): AsyncGenerator<readonly RecordRead[]> {
    const records = this.#request(remote, keys);
    yield await Promise.all(records);
  }

  #request(remote: RemoteStore, keys: readonly Uint8Array[]): Promise<RecordRead>[] {
    const since = this.#clock() - RECENT_MS;
    const asked = new Map(keys.map((key) => [toHex(key), key]));
    const isMissing = [...asked.keys()].some((name) => !this.#isRecent(name, since));
    // As much as it is, another request takes as long: what has become old is read anew with it.
    if (isMissing) for (const [name, { key }] of this.#recent) asked.set(name, key);
    const missing = [...asked].filter(([name]) => !this.#isRecent(name, since)).sort(byName);
    if (missing.length > 0) this.#start(remote, missing);
    const found = keys.map((key) => this.#recent.get(toHex(key))?.record as Promise<RecordRead>);
    this.#trim();
    return found;
  }

  #isRecent(name: string, since: number): boolean {
    return (this.#recent.get(name)?.at ?? Number.NEGATIVE_INFINITY) >= since;
  }

  #start(remote: RemoteStore, missing: readonly (readonly [string, Uint8Array])[]): void {
    const at = this.#clock();
    const reading = readAll(
      remote,
      missing.map(([, key]) => key),
    );
    for (const [i, [name, key]] of missing.entries()) {
      const record = reading.then((records) => records[i] ?? { key, state: "absent" as const });
      const recent: Recent = { key, at, record };
      this.#recent.delete(name);
      this.#recent.set(name, recent);
      const forget = (): void => {
        if (this.#recent.get(name) === recent) this.#recent.delete(name);
      };
      record.then(({ body }) => {
        if ((body?.length ?? 0) > MAX_BODY_UNITS) forget();
      }, forget);
    }
  }

  /** The oldest first. */
  #trim(): void {
    for (const name of this.#recent.keys()) {
      if (this.#recent.size <= MAX_RECORDS) return;
      this.#recent.delete(name);
    }
  }
}

/** Keys go ascending. */
const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

async function readAll(remote: Reader, keys: readonly Uint8Array[]): Promise<RecordRead[]> {
  const records: RecordRead[] = [];
  for await (const chunk of remote.read(keys)) records.push(...chunk);
  return records;
}
