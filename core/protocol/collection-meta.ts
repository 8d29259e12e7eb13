/**
 * The meta record of a collection (decision 12) and what `init` is told, as JSON text: names of databases,
 * stores and indexes are page data and may hold lone surrogates, which JSON escapes and UTF-8 cannot hold.
 */
import * as v from "valibot";
import type { CollectionInit, CollectionMeta } from "../session/ports.ts";
import { CollectionNameSchema } from "./names.ts";
import { ProtocolError } from "./protocol-error.ts";

const KeyPathSchema = v.union([v.string(), v.array(v.string())]);
const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const IndexesSchema = v.array(
  v.object({ name: v.string(), keyPath: KeyPathSchema, unique: v.boolean(), multiEntry: v.boolean() }),
);

const DatabaseSchemaSchema = v.object({
  version: v.number(),
  stores: v.array(
    v.object({
      name: v.string(),
      keyPath: v.nullable(KeyPathSchema),
      autoIncrement: v.boolean(),
      indexes: IndexesSchema,
      nextKey: v.exactOptional(v.nullable(CountSchema)),
    }),
  ),
});

const LocalDescriptionSchema = v.object({
  identity: v.object({
    storageKey: v.string(),
    bucket: v.string(),
    database: v.string(),
    store: v.string(),
  }),
  databaseVersion: v.number(),
  schema: v.object({
    name: v.string(),
    keyPath: v.nullable(KeyPathSchema),
    autoIncrement: v.boolean(),
    indexes: IndexesSchema,
    count: v.exactOptional(CountSchema),
  }),
  // Older versions neither write nor keep it.
  database: v.exactOptional(DatabaseSchemaSchema),
});

const CollectionInitSchema = v.object({
  collection: CollectionNameSchema,
  projectionId: v.pipe(v.string(), v.maxLength(200)),
  localSchema: LocalDescriptionSchema,
});

export const CollectionMetaSchema = v.object({
  ...CollectionInitSchema.entries,
  format: v.literal(1),
  incarnation: v.pipe(v.string(), v.uuid()),
  purgeWatermark: CountSchema,
  fenceEpoch: CountSchema,
});

function parse<Output>(schema: v.GenericSchema<unknown, Output>, text: string, what: string): Output {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError("malformed-frame", `${what} is not JSON.`, { cause: error });
  }
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  throw new ProtocolError(
    "malformed-frame",
    `${what}, ${v.getDotPath(issue) ?? "as a whole"}: ${issue.message}.`,
  );
}

export const encodeCollectionInit = (init: CollectionInit): string => JSON.stringify(init);

/** @throws ProtocolError "malformed-frame" */
export const decodeCollectionInit = (text: string): CollectionInit =>
  parse(CollectionInitSchema, text, "The description of the collection");

export const encodeCollectionMeta = (meta: CollectionMeta): string => JSON.stringify(meta);

/** @throws ProtocolError "malformed-frame"; "newer-format" when a newer version wrote it */
export function decodeCollectionMeta(text: string): CollectionMeta {
  const format = formatOf(text);
  if (format !== undefined && format > 1) {
    throw new ProtocolError(
      "newer-format",
      `The collection has format ${format}, this version reads format 1: update Driftscope.`,
    );
  }
  return parse(CollectionMetaSchema, text, "The meta record of the collection");
}

function formatOf(text: string): number | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ format: v.number() })), text);
  return parsed.success ? parsed.output.format : undefined;
}
