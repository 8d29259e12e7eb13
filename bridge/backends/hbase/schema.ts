/**
 * The one table of document mode in HBase.
 *
 * Row keys are ASCII, since a gateway takes no others in addresses: `c.<name in hexadecimal>` describes a collection,
 * `r.<incarnation>.<key in hexadecimal>` is a record. Behind the rows of each lies one that ends in `~`, which sorts after
 * every hexadecimal digit: a scan that has not come to it, or past it, was cut off (a gateway whose server died ends a
 * scan as if there were no more).
 *
 * The family `m` has what a scan reads, the family `d` what it does not: families are files of their own. Deletions are
 * rows, never deletions of HBase's: those would bring older cells back.
 */
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";

export const FAMILIES = ["m", "d"] as const;

export const Column = {
  version: "m:v",
  digest: "m:h",
  deleted: "m:s",
  opId: "d:o",
  prevOpId: "d:p",
  writer: "d:w",
  body: "d:b",
} as const;

/** Columns of the row of a collection, beside its version: the revision of its description. */
export const MetaColumn = {
  format: "d:format",
  incarnation: "d:incarnation",
  init: "d:init",
  purgeWatermark: "d:purgeWatermark",
  fenceEpoch: "d:fenceEpoch",
} as const;

export const HEAD_COLUMNS = [Column.version, Column.digest, Column.deleted] as const;

/** HBase's own limit of a row key. */
export const MAX_ROW_KEY_BYTES = 32_767;

/**
 * What is written: a gateway that has not found a row's region yet looks for it by a row of its own table, made of the
 * table's name, our row key and 16 characters, which has the same limit.
 */
export const MAX_WRITTEN_KEY_BYTES = MAX_ROW_KEY_BYTES - 255 - 16;

/** HBase's default of the largest cell, less what is beside the value. */
export const MAX_CELL_BYTES = 10 * 1024 * 1024 - 64 * 1024;

/** "r.", 32 digits, "." */
const PREFIX_LENGTH = 35;

/** One byte is for where a scan goes on after the longest. */
export const MAX_KEY_BYTES = Math.floor((MAX_WRITTEN_KEY_BYTES - PREFIX_LENGTH - 1) / 2);

const SENTINEL = "~";

/** Of the cell that a row behind others has. */
export const SENTINEL_VERSION = "end";

const COLLECTIONS = "c.";

export const END_OF_COLLECTIONS = COLLECTIONS + SENTINEL;
export const START_OF_COLLECTIONS = COLLECTIONS;

export const collectionRow = (name: string): string => COLLECTIONS + toHex(new TextEncoder().encode(name));

/** @throws ProtocolError "corrupt" */
export function collectionNameOf(row: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(fromHex(row.slice(COLLECTIONS.length)));
  } catch {
    throw new ProtocolError(
      "corrupt",
      `The row ${JSON.stringify(row)} among those of collections was not written by Driftscope: delete it, or use another table.`,
    );
  }
}

/** Rows of a collection's records begin with it. */
export const prefixOf = (incarnation: string): string => `r.${incarnation.replaceAll("-", "")}.`;

export const endRowOf = (prefix: string): string => prefix + SENTINEL;

export const recordRow = (prefix: string, key: Uint8Array): string => prefix + toHex(key);

/** @throws ProtocolError "malformed-row" for a row that is not of ours */
export function keyOfRow(prefix: string, row: string): Uint8Array {
  try {
    if (row.startsWith(prefix)) return fromHex(row.slice(prefix.length));
  } catch {
    // Told below.
  }
  throw new ProtocolError(
    "malformed-row",
    `Among the rows of this collection is ${JSON.stringify(row)}, whose end is not hexadecimal: Driftscope did not write it. Delete it, or use another collection.`,
  );
}
