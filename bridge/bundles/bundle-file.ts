/**
 * A bundle: what collections of a connection held, in one file. UTF-8, one JSON object a line.
 *
 *     {"driftscope":"bundle","format":1,"id":"…","connection":"lab","startedAt":1760000000000,
 *      "collections":[{"name":"shop.orders","meta":{…}}]}
 *     {"collection":"shop.orders"}
 *     {"key":"10c0…","token":"3.op","digest":"9f…","body":"#1…"}
 *     {"key":"10c1…","unread":"notRepresentable","reason":"…"}
 *     …
 *     {"endedAt":1760000009000,"counts":[{"records":1500,"unread":1}]}
 *     {"end":true,"sha256":"…"}
 *
 * Keys and digests are hexadecimal, of core/key's and core/digest's bytes; bodies are core/codec's value texts. The
 * collections follow in the order of the first line, the records of each in the order of their keys. `meta` describes
 * the page's database, so that it can be made again; `mapping` is there where the remote is somebody's own table.
 * Each record is as it was when it was read, between `startedAt` and `endedAt`; tombstones are left out. `sha256` is
 * of every byte before the last line: a file without that line is cut off, one with another sum was altered.
 */
import * as v from "valibot";
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import { CollectionMetaSchema } from "../../core/protocol/collection-meta.ts";
import { MappingSettingsSchema } from "../../core/protocol/mapping-settings.ts";
import type { CollectionMeta } from "../../core/session/ports.ts";

export const BUNDLE_FORMAT = 1;

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const TokenSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, "expected a version as ASCII text"));
const HexSchema = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/, "expected hexadecimal digits"));

const BundledCollectionSchema = v.object({
  name: v.string(),
  /** Absent for a table that nobody has taken up. */
  meta: v.exactOptional(CollectionMetaSchema),
  mapping: v.exactOptional(MappingSettingsSchema),
});
export interface BundledCollection {
  readonly name: string;
  readonly meta?: CollectionMeta;
  readonly mapping?: MappingSettings;
}

/** What every format's first line says. */
export const AnyHeadSchema = v.object({ driftscope: v.literal("bundle"), format: CountSchema });

export const BundleHeadSchema = v.object({
  ...AnyHeadSchema.entries,
  /** A bundle is a place of its own: what was compared with one says nothing about the connection. */
  id: v.pipe(v.string(), v.uuid()),
  connection: v.string(),
  startedAt: CountSchema,
  collections: v.array(BundledCollectionSchema),
});
export interface BundleHead extends Omit<v.InferOutput<typeof BundleHeadSchema>, "collections"> {
  readonly collections: readonly BundledCollection[];
}

export const BundleLineSchema = v.union([
  v.object({ key: HexSchema, token: TokenSchema, digest: HexSchema, body: v.string() }),
  /** A record that could not be read, or that no page can hold. */
  v.object({ key: HexSchema, unread: v.picklist(["unreadable", "notRepresentable"]), reason: v.string() }),
  v.object({ collection: v.string() }),
  v.object({
    endedAt: CountSchema,
    counts: v.array(v.object({ records: CountSchema, unread: CountSchema })),
  }),
  v.object({ end: v.literal(true), sha256: HexSchema }),
]);
export type BundleLine = v.InferOutput<typeof BundleLineSchema>;
export type BundleTotals = Extract<BundleLine, { endedAt: number }>;
export type BundledRecord = Extract<BundleLine, { key: string }>;

export const lineOf = (line: BundleHead | BundleLine): string => `${JSON.stringify(line)}\n`;
