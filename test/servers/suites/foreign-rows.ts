import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";

/** How somebody else changes rows of ours, with a client of their own. */
export interface Stranger {
  /** What each does to a row, by what it makes of it. */
  readonly damages: Readonly<Record<string, string>>;
  /** Sets the version to 7.somebody. */
  readonly otherVersion: string;
  readonly withoutBody: string;
  /** @param change One of the above. */
  change(store: RemoteStore, key: unknown, change: string): Promise<void>;
}

/** Rows that somebody else put or damaged. */
export function foreignRows(bed: () => Bed, stranger: Stranger): void {
  test.each(Object.entries(stranger.damages))(
    "a row %s is shown as unreadable and never overwritten, its neighbours are as they are",
    async (_, damage) => {
      const { store } = await freshStore(bed());
      await store.write([create("a", 1), create("b", 2), create("c", 3)], { applyId: randomUUID() });
      const { token } = await readOne(store, "b");
      await stranger.change(store, "b", damage);
      expect((await scanAll(store)).map(({ state }) => state)).toEqual([
        EntryState.present,
        EntryState.unreadable,
        EntryState.present,
      ]);
      expect((await readOne(store, "b")).state).toBe("unreadable");
      for (const operation of [replace("b", token ?? "", 5), create("b", 6)]) {
        const outcome = await writeOne(store, operation);
        expect(["rejected", "conflict"]).toContain(outcome.status);
      }
      expect((await readOne(store, "b")).state).toBe("unreadable");
    },
  );

  test("a row of another writer's version is a conflict with what is there", async () => {
    const { store } = await freshStore(bed());
    const token = tokenOf(await writeOne(store, create("a", 1)));
    await stranger.change(store, "a", stranger.otherVersion);
    expect(await writeOne(store, replace("a", token, 2))).toMatchObject({
      status: "conflict",
      current: { state: "present", token: "7.somebody" },
    });
  });

  test("a body that is gone is told, and not taken for an empty one", async () => {
    const { store } = await freshStore(bed());
    await writeOne(store, create("a", 1));
    await stranger.change(store, "a", stranger.withoutBody);
    expect(await readOne(store, "a")).toMatchObject({ state: "unreadable", reason: "body is missing" });
  });
}
