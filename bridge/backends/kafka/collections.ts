/** Collections and their descriptions (decision 12): each is a record of its own topic, under a key that no record has. */
import { randomUUID } from "node:crypto";
import { DIGEST_BYTES } from "../../../core/batch/entry-batch.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { agreeOnMeta, COLLECTION_FORMAT } from "../shared/stored-meta.ts";
import { naming } from "./kafka-errors.ts";
import type { OpenTopic, StoredDescription } from "./open-topic.ts";
import { META_KEY } from "./record-format.ts";
import { collectionOf } from "./topic-names.ts";
import type { Topics } from "./topics.ts";

interface Stored extends StoredDescription {
  readonly open: OpenTopic;
}

export async function findCollection(topics: Topics, name: string): Promise<Stored | undefined> {
  return topics.use(name, async (open) => {
    await open.freshen();
    const stored = open.description(name);
    return stored && { ...stored, open };
  });
}

/** As BackendCollection.init. */
export function initCollection(topics: Topics, name: string, init: CollectionInit): Promise<CollectionMeta> {
  return agreeOnMeta<Stored>(name, init, {
    find: () => findCollection(topics, name),
    create: async (incarnation, text) => {
      await topics.make(name);
      await topics.use(name, async (open) => {
        // The topic may have been there already, with something else in it.
        await open.freshen();
        if (open.description(name) === undefined) await writeDescription(open, null, incarnation, text);
      });
    },
    update: ({ open, version, meta }, text) => writeDescription(open, version, meta.incarnation, text),
  });
}

/** Unless somebody else wrote one first. @param expect The version of the one that it replaces. */
async function writeDescription(
  open: OpenTopic,
  expect: string | null,
  incarnation: string,
  init: string,
): Promise<void> {
  const cells = { format: COLLECTION_FORMAT, incarnation, init, purgeWatermark: 0, fenceEpoch: 0 };
  const body = Buffer.from(JSON.stringify(cells), "utf8");
  const write = { body, digest: new Uint8Array(DIGEST_BYTES) };
  const operation = { opId: randomUUID(), key: META_KEY, expect, write };
  const [outcome] = await open.writer.write([{ operation, writer: "" }]);
  if (outcome?.status === "rejected") throw new Error(outcome.reason);
}

/** Those whose topics are there. */
export async function listCollections(topics: Topics): Promise<{ name: string }[]> {
  const { cluster, prefix } = topics;
  const names = await naming(cluster.where, "list topics", () => cluster.topicNames());
  const found: { name: string }[] = [];
  for (const topic of names) {
    const name = collectionOf(prefix, topic);
    if (name === undefined) continue;
    const told = name ?? (await topics.nameIn(topic));
    if (told !== undefined) found.push({ name: told });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
