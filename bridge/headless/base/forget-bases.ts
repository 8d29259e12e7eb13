/** Deleting what the command line remembers of an origin. */
import type { BaseFile } from "./base-file.ts";

/** Where the storage key is in a base's identity, see file-base-store.ts. */
const STORAGE_KEY = 4;
const TABLES = ["entries", "bodies", "applies", "journal", "outcomes"] as const;

/** Ids of the bases whose page's storage key is one of these. */
export function basesOfOrigin(file: BaseFile, isMeant: (storageKey: string) => boolean): number[] {
  return file
    .all("SELECT id, identity FROM bases", [])
    .filter(([, identity]) => {
      const storageKey: unknown = JSON.parse(String(identity))[STORAGE_KEY];
      return typeof storageKey === "string" && isMeant(storageKey);
    })
    .map(([id]) => Number(id));
}

/** Bases, journals and plans, all or nothing. */
export function forgetBases(file: BaseFile, ids: readonly number[]): void {
  file.transaction(() => {
    for (const id of ids) {
      for (const table of TABLES) file.run(`DELETE FROM ${table} WHERE base = ?`, [id]);
      file.run("DELETE FROM bases WHERE id = ?", [id]);
    }
  });
}
