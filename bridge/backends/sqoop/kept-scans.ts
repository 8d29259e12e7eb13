/**
 * What the last scan of each collection and table gave, in files of the work folder: reading it again takes seconds at least,
 * and who only looks may do with what was read before, as long as its age is told.
 *
 * A scan is kept when it came to its end, under the time when it began: everything in it was read later. As soon as anything is
 * written through the backend nothing is kept any more, of whichever table: triggers and views reach further than the table
 * that is named.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EncodedEntries, KeptScan } from "../backend.ts";
import { notKept } from "../shared/scan-kept.ts";
import { EntriesFile } from "./entries-file.ts";
import type { WorkFolder } from "./work-folder.ts";

interface Kept {
  readonly at: number;
  readonly entries: EntriesFile;
}

export class KeptScans {
  readonly #work: WorkFolder;
  readonly #kept = new Map<string, Kept>();
  #files = 0;
  /** That began, and those of them that have not ended. */
  #writes = 0;
  #writesUnderWay = 0;

  constructor(work: WorkFolder) {
    this.#work = work;
  }

  /** @param name Of what is scanned, with all that its rows depend on. */
  of(name: string): KeptScan {
    return { at: () => this.#kept.get(name)?.at, entries: (at) => this.#read(name, at) };
  }

  /** Passes on what a scan of all gives, and keeps it. */
  async *keep(name: string, scan: AsyncIterable<EncodedEntries>): AsyncGenerator<EncodedEntries> {
    const at = Date.now();
    const writes = this.#writes;
    const wasQuiet = this.#writesUnderWay === 0;
    const entries = new EntriesFile(() => this.#newFile());
    let isWhole = false;
    try {
      for await (const batch of scan) {
        entries.add(batch);
        yield batch;
      }
      isWhole = true;
    } finally {
      const isOfNow = wasQuiet && writes === this.#writes;
      if (entries.end() && isWhole && isOfNow) this.#replace(name, { at, entries });
      else entries.remove();
    }
  }

  /** Whatever becomes of it: what was read before it ended does for nobody. */
  async writing<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#writes++;
    this.#writesUnderWay++;
    for (const { entries } of this.#kept.values()) entries.remove();
    this.#kept.clear();
    try {
      return await write();
    } finally {
      this.#writesUnderWay--;
    }
  }

  #replace(name: string, kept: Kept): void {
    this.#kept.get(name)?.entries.remove();
    this.#kept.set(name, kept);
  }

  async *#read(name: string, at: number): AsyncGenerator<EncodedEntries> {
    const kept = this.#kept.get(name);
    if (kept?.at !== at) throw notKept();
    yield* kept.entries.read();
  }

  #newFile(): string {
    const folder = join(this.#work.path, "scans");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return join(folder, String(++this.#files));
  }
}
