/** An application's own writes: a Dexie table, some records a transaction, as fast as they go. */
import Dexie, { type Table } from "dexie";
import { type BenchRecord, benchRecord, KEY_PATH } from "../data/record.ts";

const WRITES_A_TRANSACTION = 100;

const loop = {
  /** Milliseconds of putting so many records into an empty table. */
  async run(records: number): Promise<number> {
    const database = new Dexie(`dexie-${crypto.randomUUID()}`);
    database.version(1).stores({ orders: KEY_PATH });
    const orders: Table<BenchRecord> = database.table("orders");
    const all = Array.from({ length: records }, (_, i) => benchRecord(i));
    await database.open();
    const start = performance.now();
    for (let from = 0; from < records; from += WRITES_A_TRANSACTION) {
      await database.transaction("rw", orders, async () => {
        for (const record of all.slice(from, from + WRITES_A_TRANSACTION)) await orders.put(record);
      });
    }
    const milliseconds = performance.now() - start;
    await database.delete();
    return milliseconds;
  },
};

type DexieLoop = typeof loop;
declare global {
  var dexieLoop: DexieLoop;
}
globalThis.dexieLoop = loop;
