import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { BaseIdentity } from "../../core/session/ports.ts";
import { LocalDatabase } from "../../extension/local/local-database.ts";

/** The panel's storage on an IndexedDB in memory; `reopen` is what a new panel would see. */
export function memoryDatabases(): { readonly indexedDB: IDBFactory; reopen(): LocalDatabase } {
  const indexedDB = new IDBFactory();
  return { indexedDB, reopen: () => new LocalDatabase("driftscope", { indexedDB, IDBKeyRange }) };
}

/** Rows that were put since, by table. */
export function countWrites(db: LocalDatabase): { leaves: number; bodies: number; plans: number } {
  const written = { leaves: 0, bodies: 0, plans: 0 };
  db.use({
    stack: "dbcore",
    name: "count",
    create: (core) => ({
      ...core,
      table: (name) => {
        const table = core.table(name);
        return {
          ...table,
          mutate: (request) => {
            const isCounted = name === "leaves" || name === "bodies" || name === "plans";
            if (isCounted && request.type === "put") written[name] += request.values.length;
            return table.mutate(request);
          },
        };
      },
    }),
  });
  return written;
}

export function baseIdentity(changes: Partial<BaseIdentity> = {}): BaseIdentity {
  return {
    incarnation: "5f6c2c1e-8b0f-4b0e-9d5c-1f2e3d4c5b6a",
    collection: "visits",
    scopeId: "",
    projectionId: "whole-1",
    local: { storageKey: "https://fieldnotes.example", bucket: "", database: "field-notes", store: "visits" },
    ...changes,
  };
}

/** A fault that storage can have: throws before the transaction's `after`-th write. */
export function failWrites(
  db: LocalDatabase,
  fault: { table?: string; after: number; times: number; error: () => Error },
): void {
  let seen = 0;
  let left = fault.times;
  db.use({
    stack: "dbcore",
    name: "fault",
    create: (core) => ({
      ...core,
      table: (name) => {
        const table = core.table(name);
        return {
          ...table,
          mutate: (request) => {
            if (fault.table === undefined || fault.table === name) {
              seen += 1;
              if (seen > fault.after && left > 0) {
                left -= 1;
                return Promise.reject(fault.error());
              }
            }
            return table.mutate(request);
          },
        };
      },
    }),
  });
}
