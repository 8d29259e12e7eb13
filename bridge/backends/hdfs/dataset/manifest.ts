/**
 * A manifest says what a dataset is at one moment: which segments it has, oldest first. The newest manifest is the
 * dataset; each is committed by a rename that overwrites nothing, so each follows one that its writer has read.
 */
import * as v from "valibot";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { CollectionMeta } from "../../../../core/session/ports.ts";
import { decodeStoredMeta } from "../../shared/stored-meta.ts";
import { openSealedJson, sealJson } from "../sealed-json.ts";

/** Of what this version writes. */
export const MANIFEST_FORMAT = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const SegmentSchema = v.object({
  /** Of its files: `segments/<name>.ndjson` and `segments/_<name>.heads`. */
  name: v.pipe(v.string(), v.uuid()),
  /** Number of the manifest that brought its rows; a row of an earlier one has its own in the heads. */
  commit: count,
  rows: count,
  bytes: count,
  /** Of the file of heads; its index stands at its end. */
  heads: v.object({ bytes: count, indexBytes: count, indexSha256: sha256 }),
  firstKey: hex,
  lastKey: hex,
});
export type SegmentEntry = v.InferOutput<typeof SegmentSchema>;

const ManifestSchema = v.object({
  format: v.literal(MANIFEST_FORMAT),
  n: v.pipe(count, v.minValue(1)),
  /** Of this commit alone: how its writer recognises it, and a restored dataset is told from one that went on. */
  id: v.pipe(v.string(), v.uuid()),
  /** Of the manifest that it follows; null = the first one. */
  previous: v.nullable(v.pipe(v.string(), v.uuid())),
  /** For people: nothing is decided by it. */
  writtenAt: v.string(),
  writer: v.string(),
  collection: v.object({
    format: v.number(),
    name: v.string(),
    incarnation: v.string(),
    init: v.string(),
    purgeWatermark: v.number(),
    fenceEpoch: v.number(),
  }),
  /** Records that are there, tombstones not counted. */
  records: count,
  segments: v.array(SegmentSchema),
  /** Segments that are in no later manifest, and since when by the NameNode's clock, in milliseconds. */
  dropped: v.array(v.object({ name: v.pipe(v.string(), v.uuid()), at: count })),
});
export type Manifest = v.InferOutput<typeof ManifestSchema>;

export const encodeManifest = (manifest: Manifest): Buffer => sealJson(manifest);

/** @param path For people. @throws ProtocolError "corrupt", "newer-format" */
export function decodeManifest(path: string, bytes: Uint8Array): Manifest {
  const line = openSealedJson(bytes);
  if (line === undefined) {
    throw new ProtocolError(
      "corrupt",
      `${path} is truncated or damaged: its checksum is not its text's. Put it back from a backup; what it names is still there.`,
    );
  }
  const format = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ format: v.number() })), line);
  if (format.success && format.output.format > MANIFEST_FORMAT) {
    throw new ProtocolError(
      "newer-format",
      `${path} has format ${format.output.format}, this version knows format ${MANIFEST_FORMAT}: update Driftscope.`,
    );
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ManifestSchema), line);
  if (parsed.success) return parsed.output;
  throw new ProtocolError("corrupt", `${path} is no manifest that Driftscope wrote: use another folder.`);
}

/** @throws ProtocolError "newer-format", "corrupt" */
export const metaOf = ({ collection }: Manifest): CollectionMeta =>
  decodeStoredMeta(collection.name, collection);
