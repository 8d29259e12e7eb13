/** Where the files of a dataset lie. */
import { createHash } from "node:crypto";
import type { SegmentEntry } from "./manifest.ts";

/** Of what stands in a name, the rest by its bytes: a path may be written down in a job, a shell or an address. */
const PLAIN = /^[A-Za-z0-9_.-]$/;
/** HDFS takes names of 255 bytes. */
const MAX_FOLDER_LENGTH = 200;
const KEPT_LENGTH = 150;

const MANIFEST_DIGITS = 12;
const MANIFEST = /^(\d{12})\.json$/;
const SEGMENT = /^_?([0-9a-f]{8}-[0-9a-f-]{27})\.(?:ndjson|parquet|heads)$/;

/** Distinct for every collection; a long name is cut, with its hash behind. */
export function folderOf(root: string, collection: string): string {
  const name = [...Buffer.from(collection)]
    .map((byte, at) => {
      const character = String.fromCharCode(byte);
      // A leading dot or underline hides a folder from jobs.
      const isPlain = PLAIN.test(character) && !(at === 0 && /[._]/.test(character));
      return isPlain ? character : `~${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
  if (name.length <= MAX_FOLDER_LENGTH) return `${root}/${name}`;
  const hash = createHash("sha256").update(collection).digest("hex").slice(0, 32);
  return `${root}/${name.slice(0, KEPT_LENGTH)}~~${hash}`;
}

export const manifestsOf = (folder: string): string => `${folder}/manifests`;

/** The order of the names is that of the numbers. */
export const manifestName = (n: number): string => `${String(n).padStart(MANIFEST_DIGITS, "0")}.json`;

export const manifestPath = (folder: string, n: number): string =>
  `${manifestsOf(folder)}/${manifestName(n)}`;

/** Undefined for a file that is no manifest. */
export function manifestNumber(name: string): number | undefined {
  const [, digits] = MANIFEST.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** What is written and not committed yet. */
export const stagingOf = (folder: string): string => `${folder}/_staging`;

export const segmentsOf = (folder: string): string => `${folder}/segments`;

/** What its files are named by. */
type SegmentName = Pick<SegmentEntry, "name" | "format">;

export const dataPath = (folder: string, { name, format = "ndjson" }: SegmentName): string =>
  `${segmentsOf(folder)}/${name}.${format}`;

/** Hidden from jobs that read the folder. */
export const headsPath = (folder: string, { name }: SegmentName): string =>
  `${segmentsOf(folder)}/_${name}.heads`;

/** Of a segment. */
export const segmentFiles = (
  folder: string,
  segment: SegmentName,
): readonly [data: string, heads: string] => [dataPath(folder, segment), headsPath(folder, segment)];

/** Of either of its files; undefined for any other. */
export const segmentOfFile = (file: string): string | undefined => SEGMENT.exec(file)?.[1];
