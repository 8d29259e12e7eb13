/** The meta record of a collection (decision 12), as servers keep it. */
import { randomUUID } from "node:crypto";
import { newerDescription } from "../../../core/mapping/newer-description.ts";
import {
  decodeCollectionInit,
  decodeCollectionMeta,
  encodeCollectionInit,
  encodeCollectionMeta,
} from "../../../core/protocol/collection-meta.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { describesMore } from "./describes-more.ts";

/** Of what this version writes. */
export const COLLECTION_FORMAT = 1;

/** As found: somebody else may have written it. */
export interface MetaCells {
  readonly format: unknown;
  readonly incarnation: unknown;
  /** encodeCollectionInit's text. */
  readonly init: unknown;
  readonly purgeWatermark: unknown;
  readonly fenceEpoch: unknown;
}

/** @throws ProtocolError "newer-format", "corrupt" */
export function decodeStoredMeta(name: string, cells: MetaCells): CollectionMeta {
  const { format, incarnation, init, purgeWatermark, fenceEpoch } = cells;
  if (typeof format === "number" && format > COLLECTION_FORMAT) {
    throw new ProtocolError(
      "newer-format",
      `The collection ${JSON.stringify(name)} has format ${format}, this version knows format ${COLLECTION_FORMAT}: update Driftscope.`,
    );
  }
  if (format !== COLLECTION_FORMAT || typeof init !== "string") throw notOurs(name);
  // Through the codec, which checks the rest.
  return decodeCollectionMeta(
    encodeCollectionMeta({
      ...decodeCollectionInit(init),
      format: COLLECTION_FORMAT,
      incarnation: String(incarnation),
      purgeWatermark: Number(purgeWatermark),
      fenceEpoch: Number(fenceEpoch),
    }),
  );
}

export function notOurs(name: string): ProtocolError {
  return new ProtocolError(
    "corrupt",
    `What describes the collection ${JSON.stringify(name)} on the server was not written by Driftscope, or was damaged: use another collection.`,
  );
}

export function unknownCollection(name: string): ProtocolError {
  return new ProtocolError(
    "unknown-collection",
    `There is no collection ${JSON.stringify(name)} yet: create it first.`,
  );
}

/** A description that several make newer at the same time: each try sees what the others wrote. */
const MAX_TRIES = 20;

/** One collection's description on a server that knows conditional writes of one row. */
export interface MetaRow<Stored extends { readonly meta: CollectionMeta }> {
  /** Also what was made a moment ago, elsewhere. */
  find(): Promise<Stored | undefined>;
  /** Unless somebody else made it first. */
  create(incarnation: string, init: string): Promise<void>;
  /** Unless somebody else changed it first. */
  update(stored: Stored, init: string): Promise<void>;
}

/** As BackendCollection.init. */
export async function agreeOnMeta<Stored extends { readonly meta: CollectionMeta }>(
  name: string,
  init: CollectionInit,
  row: MetaRow<Stored>,
): Promise<CollectionMeta> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const stored = await row.find();
    if (stored === undefined) {
      // Who made it shows when it is read again.
      await row.create(randomUUID(), encodeCollectionInit({ ...init, collection: name }));
    } else if (describesMore(stored.meta, init)) {
      await row.update(stored, withNewerDescription(stored.meta, init));
    } else {
      return stored.meta;
    }
  }
  throw new BackendError(
    "backend-failed",
    `The description of the collection ${JSON.stringify(name)} is changed by others all the time: try again.`,
  );
}

/** The text of `meta` with what `init` knows better. */
export function withNewerDescription(meta: CollectionMeta, init: CollectionInit): string {
  const { collection, projectionId } = meta;
  const localSchema = newerDescription(meta.localSchema, init.localSchema);
  return encodeCollectionInit({ collection, projectionId, localSchema });
}
