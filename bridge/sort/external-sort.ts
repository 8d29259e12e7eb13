/**
 * Sorts entries by key in bounded memory, for remotes that have no order of ours: sorted runs are spilled to
 * files and merged (decision 31).
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { decodeEntryBatch, encodeEntryBatch } from "../../core/batch/entry-batch-codec.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";

export interface SortedEntry {
  readonly key: Uint8Array;
  readonly state: EntryState;
  readonly digest?: Uint8Array | undefined;
  readonly token: string;
}

/** Entries held before a run is spilled: about 30 MB. */
const DEFAULT_RUN_ENTRIES = 100_000;
/** Entries of one block of a run's file. */
const BLOCK_ENTRIES = 2000;
const LENGTH_BYTES = 4;

/** What an entry says that stands for several with one key. */
const SAME_KEY = "several rows have this key";

export class ExternalSort {
  readonly #runEntries: number;
  #entries: SortedEntry[] = [];
  #runs: number[] = [];
  #folder: string | undefined;

  constructor(runEntries = DEFAULT_RUN_ENTRIES) {
    this.#runEntries = runEntries;
  }

  add(entry: SortedEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length >= this.#runEntries) this.#spill();
  }

  /** All entries in key order. Several of one key come as one that is not representable. */
  *sorted(): Generator<SortedEntry> {
    this.#sortHeld();
    const sources = [this.#entries.values(), ...this.#runs.map(readRun)];
    this.#entries = [];
    let last: SortedEntry | undefined;
    for (const entry of merged(sources)) {
      if (last !== undefined && compareBytes(last.key, entry.key) === 0) {
        last = { key: last.key, state: EntryState.notRepresentable, token: SAME_KEY };
        continue;
      }
      if (last !== undefined) yield last;
      last = entry;
    }
    if (last !== undefined) yield last;
  }

  /** Deletes the files. */
  close(): void {
    for (const run of this.#runs) closeSync(run);
    this.#runs = [];
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #sortHeld(): void {
    this.#entries.sort((a, b) => compareBytes(a.key, b.key));
  }

  #spill(): void {
    this.#sortHeld();
    this.#folder ??= mkdtempSync(join(tmpdir(), "driftscope-sort-"));
    const run = openSync(join(this.#folder, String(this.#runs.length)), "wx+", 0o600);
    this.#runs.push(run);
    let block: SortedEntry[] = [];
    for (const entry of this.#entries) {
      const repeats = block.length > 0 && compareBytes((block.at(-1) as SortedEntry).key, entry.key) === 0;
      // A batch has every key once: what repeats starts the next block.
      if (block.length === BLOCK_ENTRIES || repeats) {
        writeBlock(run, block);
        block = [];
      }
      block.push(entry);
    }
    writeBlock(run, block);
    this.#entries = [];
  }
}

function writeBlock(run: number, entries: readonly SortedEntry[]): void {
  const builder = new EntryBatchBuilder();
  for (const { key, state, digest, token } of entries) builder.push(key, state, digest, token);
  const bytes = encodeEntryBatch(builder.build());
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(bytes.length);
  writeSync(run, length);
  writeSync(run, bytes);
}

function* readRun(run: number): Generator<SortedEntry> {
  let at = 0;
  const read = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    for (let filled = 0; filled < bytes; ) {
      const count = readSync(run, buffer, filled, bytes - filled, at + filled);
      if (count === 0) return buffer.subarray(0, filled);
      filled += count;
    }
    at += bytes;
    return buffer;
  };
  for (;;) {
    const length = read(LENGTH_BYTES);
    if (length.length < LENGTH_BYTES) return;
    const batch = decodeEntryBatch(read(length.readUInt32LE()));
    for (let i = 0; i < batch.count; i++) yield entryAt(batch, i);
  }
}

function entryAt(batch: EntryBatch, i: number): SortedEntry {
  const state = stateAt(batch, i);
  const digest = state === EntryState.present ? digestAt(batch, i) : undefined;
  return { key: keyAt(batch, i), state, digest, token: tokenAt(batch, i) };
}

/** There are few runs: the smallest head is looked for among all of them. */
function* merged(sources: readonly Iterator<SortedEntry>[]): Generator<SortedEntry> {
  const heads = sources.map((source) => ({ source, entry: source.next().value as SortedEntry | undefined }));
  for (;;) {
    let smallest: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.entry === undefined) continue;
      if (smallest?.entry === undefined || compareBytes(head.entry.key, smallest.entry.key) < 0)
        smallest = head;
    }
    if (smallest?.entry === undefined) return;
    yield smallest.entry;
    smallest.entry = smallest.source.next().value as SortedEntry | undefined;
  }
}
