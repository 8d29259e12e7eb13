/** Collections: a dataset each, whose manifests hold the meta record (decision 12). */
import { randomUUID } from "node:crypto";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../../core/session/ports.ts";
import { agreeOnMeta, COLLECTION_FORMAT } from "../../shared/stored-meta.ts";
import { commitManifest, stageManifest } from "./commit.ts";
import type { Dataset, Snapshot } from "./dataset.ts";
import { MANIFEST_FORMAT, type Manifest } from "./manifest.ts";
import { followerOf } from "./write-rows.ts";

/** Of the manifests that no panel's writes made. */
const WRITER = "driftscope";

/** The dataset of a collection; undefined when there is none. @throws ProtocolError "corrupt", "newer-format" */
export async function findSnapshot(dataset: Dataset, name: string): Promise<Snapshot | undefined> {
  const snapshot = await dataset.latest();
  if (snapshot === undefined || snapshot.manifest.collection.name === name) return snapshot;
  throw new ProtocolError(
    "corrupt",
    `${dataset.fs.where}: ${dataset.folder} holds the collection ${JSON.stringify(snapshot.manifest.collection.name)}, as if it had been copied there: move it to the folder of its name.`,
  );
}

/** As BackendCollection.init. */
export function initCollection(
  dataset: Dataset,
  name: string,
  init: CollectionInit,
): Promise<CollectionMeta> {
  const commit = async (manifest: Manifest): Promise<void> => {
    // Where somebody else was first, it shows when it is read again.
    await commitManifest(dataset, await stageManifest(dataset, manifest), Date.now());
  };
  return agreeOnMeta<Snapshot>(name, init, {
    find: () => findSnapshot(dataset, name),
    create: (incarnation, text) => commit(firstManifest(name, incarnation, text)),
    update: ({ manifest }, text) =>
      commit({ ...followerOf(manifest, WRITER), collection: { ...manifest.collection, init: text } }),
  });
}

function firstManifest(name: string, incarnation: string, init: string): Manifest {
  return {
    format: MANIFEST_FORMAT,
    n: 1,
    id: randomUUID(),
    previous: null,
    writtenAt: new Date().toISOString(),
    writer: WRITER,
    collection: { format: COLLECTION_FORMAT, name, incarnation, init, purgeWatermark: 0, fenceEpoch: 0 },
    records: 0,
    segments: [],
    dropped: [],
  };
}
