import { describe, expect, test } from "vitest";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { type Bed, create, initOf, readOne, scanAll, writeOne } from "./bed.ts";

/** The meta record (decision 12). */
export function collectionsPage(bed: () => Bed): void {
  describe("collections", () => {
    test("have no meta before they are made, and keep it when they are made again", async () => {
      const store = await bed().store("made twice");
      expect(await store.meta()).toBeUndefined();
      const init = initOf("made twice");
      const meta = await store.init(init);
      expect(meta).toMatchObject({ format: 1, ...init, purgeWatermark: 0, fenceEpoch: 0 });
      expect(meta.incarnation).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      await writeOne(store, create("a", 1));
      expect(await store.init(init)).toEqual(meta);
      expect(await store.meta()).toEqual(meta);
      expect((await readOne(store, "a")).state).toBe("present");
    });

    test("are described by the newest version of the local database that was told, and never go back", async () => {
      const store = await bed().store("described");
      const init = initOf("described");
      const { localSchema } = init;
      const made = await store.init(init);
      const tickets = { name: "tickets", keyPath: null, autoIncrement: true, indexes: [] };
      const told = (databaseVersion: number, nextKey: number | null) => ({
        ...init,
        localSchema: {
          ...localSchema,
          identity: { ...localSchema.identity, storageKey: "https://elsewhere.example" },
          databaseVersion,
          database: { version: databaseVersion, stores: [{ ...tickets, nextKey }] },
        },
      });
      const first = await store.init(told(3, 7));
      expect(first).toEqual({
        ...made,
        localSchema: { ...localSchema, database: { version: 3, stores: [{ ...tickets, nextKey: 7 }] } },
      });
      expect(await store.init(init)).toEqual(first);
      expect((await store.init(told(4, 5))).localSchema).toMatchObject({
        identity: localSchema.identity,
        databaseVersion: 4,
        database: { version: 4, stores: [{ nextKey: 7 }] },
      });
      await store.init(told(2, 9));
      expect((await store.meta())?.localSchema.database).toEqual({
        version: 4,
        stores: [{ ...tickets, nextKey: 9 }],
      });
      await store.init(told(1, null));
      expect((await store.meta())?.localSchema.database?.stores[0]?.nextKey).toBeNull();
      expect((await store.meta())?.incarnation).toBe(made.incarnation);
    });

    test("made by several at the same time are made once", async () => {
      const made = await Promise.all(
        Array.from({ length: 6 }, async () =>
          (await bed().store("made at once")).init(initOf("made at once")),
        ),
      );
      expect(new Set(made.map(({ incarnation }) => incarnation)).size).toBe(1);
    });

    test("refuse another projection", async () => {
      const store = await bed().store("projected");
      await store.init(initOf("projected", "id,name"));
      await expect(store.init(initOf("projected", "id"))).rejects.toMatchObject({
        code: "projection-mismatch",
      });
    });

    test("are apart, also where their names differ in case, quotes or Unicode alone", async () => {
      const names = [
        "todos",
        "Todos",
        'a "quoted" name',
        "a 'quoted' name; DROP TABLE x",
        "Übung",
        "U\u0308bung",
        "😀",
      ];
      const each = async (work: (store: RemoteStore, name: string) => Promise<void>): Promise<void> => {
        await Promise.all(names.map(async (name) => work(await bed().store(name), name)));
      };
      await each(async (store, name) => {
        await store.init(initOf(name));
        await writeOne(store, create("a", name));
      });
      const incarnations = new Set<string | undefined>();
      await each(async (store, name) => {
        expect(await scanAll(store)).toHaveLength(1);
        expect((await readOne(store, "a")).body).toBe((create("a", name).write as { body: string }).body);
        incarnations.add((await store.meta())?.incarnation);
      });
      expect(incarnations.size).toBe(names.length);
    });

    test("keep names that hold lone surrogates and NUL", async () => {
      const store = await bed().store("odd names");
      const init = initOf("odd names");
      const odd = "\ud800a\0b\udc00";
      const localSchema = { ...init.localSchema, identity: { ...init.localSchema.identity, database: odd } };
      await store.init({ ...init, localSchema });
      expect((await store.meta())?.localSchema.identity.database).toBe(odd);
    });
  });
}
