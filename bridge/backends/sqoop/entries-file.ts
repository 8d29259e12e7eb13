/** Batches of entries in a file, as they are. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { EncodedEntries } from "../backend.ts";

interface Batch {
  readonly count: number;
  readonly bytes: number;
}

/** What cannot be written is not kept, and whoever reads the batches is none the worse for it. */
export class EntriesFile {
  readonly #path: () => string;
  readonly #batches: Batch[] = [];
  #written: { readonly file: string; readonly out: number } | undefined;
  #hasFailed = false;

  /** @param path Asked for once, when there is something to write. */
  constructor(path: () => string) {
    this.#path = path;
  }

  add({ count, bytes }: EncodedEntries): void {
    if (this.#hasFailed) return;
    try {
      this.#written ??= created(this.#path());
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#written.out, bytes, at);
      this.#batches.push({ count, bytes: bytes.length });
    } catch {
      this.#hasFailed = true;
    }
  }

  /** Nothing more comes. False: it is not all of it. */
  end(): boolean {
    if (this.#written !== undefined) closeSync(this.#written.out);
    return !this.#hasFailed;
  }

  /** Also while it is read. */
  remove(): void {
    if (this.#written !== undefined) rmSync(this.#written.file, { force: true });
  }

  /** After `end`. */
  async *read(): AsyncGenerator<EncodedEntries> {
    if (this.#written === undefined) return;
    const input = openSync(this.#written.file, "r");
    try {
      for (const { count, bytes } of this.#batches) yield { count, bytes: readBytes(input, bytes) };
    } finally {
      closeSync(input);
    }
  }
}

function created(file: string): { file: string; out: number } {
  return { file, out: openSync(file, "w", 0o600) };
}

function readBytes(input: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const read = readSync(input, bytes, at, length - at, null);
    if (read === 0) throw new Error("The file of a kept scan was cut.");
    at += read;
  }
  return bytes;
}
