/** A script for a page: the panel's base on the page's own storage, for what only a real browser can refuse. */
import type { BaseEntry } from "../../../core/session/ports.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import { LocalDatabase } from "../../../extension/local/local-database.ts";
import { webLocks } from "../../../extension/local/web-locks.ts";

const WINDOW = 4000;

export interface Filled {
  /** Whole windows that were written before the first refusal. */
  readonly windows: number;
  /** Code of the refusal, if there was one. */
  readonly refused?: string;
  /** Entries that a new panel finds. */
  readonly entries: number;
  readonly bodyBytes: number;
}

declare global {
  /** Writes windows of 4,000 entries with bodies of about 200 bytes until all are written or one is refused. */
  var fillBase: (windows: number) => Promise<Filled>;
}

globalThis.fillBase = async (windows) => {
  const name = `base-${crypto.randomUUID()}`;
  let written = 0;
  let refused: string | undefined;
  const store = await open(new LocalDatabase(name));
  while (written < windows && refused === undefined) {
    await store.write(entriesOf(written)).then(
      () => {
        written++;
      },
      (error: { code: string }) => {
        refused = error.code;
      },
    );
  }
  const again = new LocalDatabase(name);
  const { entries, bodyBytes } = await (await open(again)).size();
  await again.delete();
  return { windows: written, entries, bodyBytes, ...(refused === undefined ? {} : { refused }) };
};

function open(db: LocalDatabase): Promise<DexieBaseStore> {
  const local = { storageKey: "page", bucket: "", database: "d", store: "s" };
  const identity = { incarnation: "one", collection: "c", scopeId: "all", projectionId: "whole", local };
  return DexieBaseStore.open(db, identity, { locks: webLocks, mappingName: "s ⇄ c" });
}

function entriesOf(window: number): BaseEntry[] {
  return Array.from({ length: WINDOW }, (_, i) => {
    const n = window * WINDOW + i;
    return {
      key: Uint8Array.of(0x10, n >> 16, (n >> 8) & 0xff, n & 0xff),
      state: "present",
      digest: crypto.getRandomValues(new Uint8Array(16)),
      token: `1.${n}`,
      // Random, so that the browser's own compression does not make room.
      body: crypto.getRandomValues(new Uint8Array(80)).join(""),
    };
  });
}
