import { expect, test } from "vitest";
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type SegmentEntry,
  withSegments,
} from "../../../bridge/backends/hdfs/dataset/manifest.ts";

const manifest: Manifest = {
  format: 1,
  n: 3,
  id: crypto.randomUUID(),
  previous: crypto.randomUUID(),
  writtenAt: "",
  writer: "w",
  collection: { format: 1, name: "films", incarnation: "i", init: "{}", purgeWatermark: 0, fenceEpoch: 0 },
  records: 1,
  segments: [],
  dropped: [],
};

const segment = (more: Partial<SegmentEntry> = {}): SegmentEntry => ({
  name: crypto.randomUUID(),
  commit: 3,
  rows: 1,
  bytes: 10,
  heads: { bytes: 1, indexBytes: 1, indexSha256: "0".repeat(64) },
  firstKey: "3000",
  lastKey: "3000",
  ...more,
});

const parquet = segment({ format: "parquet", footer: { bytes: 7, sha256: "1".repeat(64) } });

const through = (one: unknown): Manifest =>
  decodeManifest("/films/manifests/3.json", encodeManifest(one as Manifest));

test("a manifest has a format that who knows NDJSON alone refuses, as long as it has other segments", () => {
  const lines = segment();
  const mixed = withSegments(manifest, [lines, parquet]);
  expect(mixed.format).toBe(2);
  expect(through(mixed)).toEqual(mixed);
  expect(withSegments(mixed, [lines])).toMatchObject({ format: 1, segments: [lines] });
});

test("a manifest with segments of a format that this version does not know is left to a newer one", () => {
  const newer = { ...manifest, format: 2, segments: [segment(), { ...segment(), format: "orc" }] };
  expect(() => through(newer)).toThrow(
    expect.objectContaining({
      code: "newer-format",
      message: expect.stringMatching(/segments of the format "orc".*ndjson and parquet: update Driftscope/),
    }),
  );
  expect(() => through({ ...manifest, format: 3 })).toThrow(
    expect.objectContaining({ code: "newer-format", message: expect.stringContaining("format 3") }),
  );
});
