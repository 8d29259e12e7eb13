import type { ColumnsMapping } from "./columns-mapping.ts";
import type { Scope } from "./scope.ts";

/**
 * What a person settled about one mapping besides its two ends. Travels and is stored as JSON, so everything in
 * here is plain JSON; an absent setting is the default.
 */
export interface MappingSettings {
  /** Top-level properties that take no part: not compared, and kept as they are where they are (decision 19). */
  readonly ignore?: readonly string[];
  /** What proposes decisions for drift that both sides had a hand in. Default: manual. */
  readonly policy?: Policy;
  /** Arrays whose elements have an identity, so that they are merged element by element. */
  readonly identities?: readonly ElementIdentity[];
  /** The remote is an existing table, mapped column by column. Absent: a collection of our own. */
  readonly columns?: ColumnsMapping;
  /** The part of the table that is mirrored; with `columns` only. */
  readonly scope?: Scope;
}

/** A policy fills in proposals and nothing else: a person sees each of them before anything is written. */
export type Policy =
  /** A person decides. */
  | { readonly is: "manual" }
  | { readonly is: "localWins" }
  | { readonly is: "remoteWins" }
  /** The side whose field is the later one: a number, a Date, or an ISO 8601 text of date and time. */
  | { readonly is: "newestWins"; readonly field: readonly string[] }
  /** Three-way, by field and element; a record with a field in conflict stays with the person. */
  | { readonly is: "mergeFields" }
  /** A function in a module that the bridge's configuration names. */
  | { readonly is: "custom"; readonly name: string };

export interface ElementIdentity {
  /** Names from the record inwards to the array; an array inside an element is named through it. */
  readonly path: readonly string[];
  /** The property of each element that identifies it. */
  readonly field: string;
}
