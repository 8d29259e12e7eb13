/** What a complete compare saw of the page's store besides its records: evidence for the next one (decision 20). */
import type { LocalDescription } from "./ports.ts";

export interface KnownSides {
  /** Of the page's database: it only ever grows, until the database is deleted. */
  readonly databaseVersion: number;
  /** Of the object store: they never change, until the store is deleted. */
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
}

export function knownSidesOf({ databaseVersion, schema }: LocalDescription): KnownSides {
  return { databaseVersion, keyPath: schema.keyPath, autoIncrement: schema.autoIncrement };
}

export function isSameStore(a: KnownSides, b: KnownSides): boolean {
  return JSON.stringify([a.keyPath, a.autoIncrement]) === JSON.stringify([b.keyPath, b.autoIncrement]);
}
