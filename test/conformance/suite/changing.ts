import { describe, expect, test } from "vitest";
import { FROM_NOW, type RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  entriesOf,
  freshStore,
  hexKey,
  remove,
  replace,
  type ScannedEntry,
  scanAll,
  tokenOf,
  writeOne,
} from "./bed.ts";

/** What changed after a checkpoint, of a backend that knows. */
export function changingPage(bed: () => Bed): void {
  describe("changes", () => {
    test("after a checkpoint are those of every kind, and nothing else", async () => {
      const { store } = await freshStore(bed());
      const tokens = new Map<string, string>();
      for (const key of ["a", "b", "c"]) tokens.set(key, tokenOf(await writeOne(store, create(key, 1))));
      const { checkpoint } = await changesOf(store, FROM_NOW);
      expect((await changesOf(store, checkpoint)).entries).toEqual([]);

      const changed = tokenOf(await writeOne(store, replace("b", tokens.get("b") ?? "", 2)));
      const removed = tokenOf(await writeOne(store, remove("c", tokens.get("c") ?? "")));
      const made = tokenOf(await writeOne(store, create("d", 4)));
      const missed = await writeOne(store, replace("a", "1.somebody", 2));
      expect(missed.status).toBe("conflict");

      const after = await changesOf(store, checkpoint);
      const byKey = new Map(after.entries.map(({ key, token }) => [key, token]));
      expect([...byKey.keys()].sort()).toEqual(["b", "c", "d"].map(hexKey).sort());
      expect(["b", "c", "d"].map((key) => byKey.get(hexKey(key)))).toEqual([changed, removed, made]);
      expect((await changesOf(store, after.checkpoint)).entries).toEqual([]);
    });

    test("from the beginning are what a scan finds", async () => {
      const { store } = await freshStore(bed());
      await store.write(
        Array.from({ length: 25 }, (_, i) => create((i * 7) % 25, i)),
        { applyId: "first" },
      );
      await writeOne(store, remove(7, (await scanAll(store))[7]?.token ?? ""));
      const { entries } = await changesOf(store, "");
      expect([...entries].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(await scanAll(store));
    });

    test("come to who reads while others write: each one once at the least, none never", async () => {
      const { store, collection } = await freshStore(bed());
      const writers = await Promise.all([0, 1, 2].map(() => bed().store(collection)));
      const seen = new Set<string>();
      let checkpoint = "";
      let writing = true;
      const read = async (): Promise<void> => {
        const found = await changesOf(store, checkpoint);
        for (const { token } of found.entries) seen.add(token);
        checkpoint = found.checkpoint;
      };
      const reading = (async () => {
        // A backend in this process answers at once: the writers need their turns of the event loop.
        for (; writing; await new Promise(setImmediate)) await read();
      })();
      const written = await Promise.all(
        writers.map(async (writer, w) => {
          const tokens: string[] = [];
          for (let i = 0; i < 20; i++) tokens.push(tokenOf(await writeOne(writer, create(`${w} ${i}`, i))));
          return tokens;
        }),
      );
      writing = false;
      await reading;
      await read();
      expect(written.flat().filter((token) => !seen.has(token))).toEqual([]);
    });

    test("after a checkpoint of another collection are refused", async () => {
      const { store } = await freshStore(bed());
      const other = await freshStore(bed());
      const { checkpoint } = await changesOf(other.store, FROM_NOW);
      await expect(changesOf(store, checkpoint)).rejects.toMatchObject({ code: "stale-checkpoint" });
    });
  });
}

async function changesOf(
  store: RemoteStore,
  since: string,
): Promise<{ entries: ScannedEntry[]; checkpoint: string }> {
  const entries: ScannedEntry[] = [];
  const changes = store.changes(since);
  for (;;) {
    const next = await changes.next();
    if (next.done) return { entries, checkpoint: next.value };
    entries.push(...entriesOf(next.value));
  }
}
