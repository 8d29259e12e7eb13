/** Bundles of a remote in memory, in a folder of the test's own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WrittenBundle, writeBundle } from "../../bridge/bundles/write-bundle.ts";
import type { CollectionMeta, RecordRead, RemoteStore } from "../../core/session/ports.ts";
import { Environment } from "./models/environment.ts";
import { ModelRemoteStore, type RemoteTable } from "./models/model-remote-store.ts";

const META: CollectionMeta = {
  format: 1,
  collection: "shop.orders",
  incarnation: "5f3c1a52-6f7d-4a53-9d0e-0d7c1b3a9f10",
  projectionId: "whole",
  localSchema: {
    identity: { storageKey: "https://shop.example", bucket: "", database: "shop\ud800", store: "orders" },
    databaseVersion: 2,
    schema: { name: "orders", keyPath: "id", autoIncrement: false, indexes: [] },
  },
  purgeWatermark: 0,
  fenceEpoch: 0,
};

class DescribedStore extends ModelRemoteStore {
  override async meta(): Promise<CollectionMeta> {
    return META;
  }
}

export const storeOf = (table: RemoteTable): RemoteStore => new DescribedStore(table, new Environment({}));

export class BundleBed {
  readonly folder = mkdtempSync(join(tmpdir(), "driftscope-bundles-"));
  #count = 0;

  /** A name that nothing has yet. */
  path(): string {
    return join(this.folder, `${++this.#count}.bundle`);
  }

  write(
    path: string,
    stores: readonly RemoteStore[],
    signal = new AbortController().signal,
  ): Promise<WrittenBundle> {
    let time = 1_760_000_000_000;
    const sources = stores.map((store, i) => ({
      name: i === 0 ? "shop.orders" : `shop.orders ${i + 1}`,
      store,
    }));
    return writeBundle({ path, connection: "lab", sources, now: () => time++, signal });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Everything that a scan shows, read whole. */
export async function recordsOf(store: RemoteStore, batchSize?: number): Promise<RecordRead[]> {
  const records: RecordRead[] = [];
  for await (const { count, keys, states } of store.scan({ batchSize })) {
    const found = Array.from({ length: count }, (_, i) =>
      keys.bytes.slice(i === 0 ? 0 : keys.ends[i - 1], keys.ends[i]),
    ).filter((_key, i) => states[i] !== 1);
    for await (const chunk of store.read(found)) records.push(...chunk);
  }
  return records;
}
