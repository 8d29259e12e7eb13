/**
 * A manifest says what a dataset is at one moment: which segments it has, oldest first. The newest manifest is the
 * dataset; each is committed by a rename that overwrites nothing, so each follows one that its writer has read.
 */
import * as v from "valibot";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { CollectionMeta } from "../../../../core/session/ports.ts";
import { decodeStoredMeta } from "../../shared/stored-meta.ts";
import { openSealedJson, sealJson } from "../sealed-json.ts";

/** Of a manifest whose segments are all NDJSON. */
export const MANIFEST_FORMAT = 1;
/** Of one that has others too: a version that knows the first alone would look for files that are not there. */
const MIXED_FORMAT = 2;

/** Of the files with the rows; what a version does not know it must not leave out. */
export const SEGMENT_FORMATS = ["ndjson", "parquet"] as const;
export type SegmentFormat = (typeof SEGMENT_FORMATS)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const SegmentSchema = v.object({
  /** Of its files: `segments/<name>.<format>` and `segments/_<name>.heads`. */
  name: v.pipe(v.string(), v.uuid()),
  /** Absent = ndjson. */
  format: v.exactOptional(v.picklist(SEGMENT_FORMATS)),
  /** Number of the manifest that brought its rows; a row of an earlier one has its own in the heads. */
  commit: count,
  rows: count,
  bytes: count,
  /** Of the file of heads; its index stands at its end. */
  heads: v.object({ bytes: count, indexBytes: count, indexSha256: sha256 }),
  /** Of a Parquet file: all behind its last row group. */
  footer: v.exactOptional(v.object({ bytes: count, sha256 })),
  firstKey: hex,
  lastKey: hex,
});
export type SegmentEntry = v.InferOutput<typeof SegmentSchema>;

const ManifestSchema = v.object({
  format: v.picklist([MANIFEST_FORMAT, MIXED_FORMAT]),
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

/** The manifest with these segments in place of its own. */
export const withSegments = (manifest: Manifest, segments: readonly SegmentEntry[]): Manifest => ({
  ...manifest,
  format: segments.every(({ format }) => format === undefined) ? MANIFEST_FORMAT : MIXED_FORMAT,
  segments: [...segments],
});

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
  const formats = v.safeParse(v.pipe(v.string(), v.parseJson(), FormatsSchema), line);
  if (formats.success) refuseNewer(path, formats.output);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ManifestSchema), line);
  if (parsed.success) return parsed.output;
  throw new ProtocolError("corrupt", `${path} is no manifest that Driftscope wrote: use another folder.`);
}

/** What tells a newer version's manifest, whatever else is in it. */
const FormatsSchema = v.object({
  format: v.number(),
  segments: v.optional(v.array(v.object({ format: v.optional(v.string()) })), []),
});

function refuseNewer(path: string, { format, segments }: v.InferOutput<typeof FormatsSchema>): void {
  if (format > MIXED_FORMAT) {
    throw new ProtocolError(
      "newer-format",
      `${path} has format ${format}, this version knows formats up to ${MIXED_FORMAT}: update Driftscope.`,
    );
  }
  const unknown = segments.find((segment) => segment.format !== undefined && !isKnown(segment.format));
  if (unknown === undefined) return;
  throw new ProtocolError(
    "newer-format",
    `${path} names segments of the format ${JSON.stringify(unknown.format)}, this version knows ${SEGMENT_FORMATS.join(" and ")}: update Driftscope.`,
  );
}

const isKnown = (format: string): boolean => (SEGMENT_FORMATS as readonly string[]).includes(format);

/** @throws ProtocolError "newer-format", "corrupt" */
export const metaOf = ({ collection }: Manifest): CollectionMeta =>
  decodeStoredMeta(collection.name, collection);
