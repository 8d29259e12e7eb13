import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import type { Preimage, RemoteStore, WriteOutcome } from "../../../core/session/ports.ts";
import { type Bed, create, freshStore, hexKey, remove, replace, tokenOf, writeOne } from "./bed.ts";

async function preimagesOf(store: RemoteStore, applyId: string): Promise<Preimage[]> {
  const all: Preimage[] = [];
  for await (const chunk of store.preimages(applyId)) all.push(...chunk);
  return all;
}

/** A physical deletion gives none. */
const givenBy = (outcome: WriteOutcome | undefined): string | undefined =>
  outcome?.status === "applied" ? outcome.token : "not applied";

/** What was there before each operation of an apply. */
export function journalingPage(bed: () => Bed): void {
  describe("pre-images", () => {
    test("tell what was there, and the token that the write gave", async () => {
      const { store } = await freshStore(bed());
      const before = create("a", { was: "here" });
      const there = tokenOf(await writeOne(store, before));
      const doomed = tokenOf(await writeOne(store, create("b", 2)));
      const applyId = randomUUID();
      const operations = [replace("a", there, "new"), remove("b", doomed), create("c", 3)];
      const outcomes = await store.write(operations, { applyId });
      const preimages = await preimagesOf(store, applyId);
      // In no promised order: each operation once.
      const byOpId = new Map(preimages.map((preimage) => [preimage.opId, preimage]));
      expect(preimages).toHaveLength(operations.length);
      operations.forEach(({ opId, key }, i) => {
        const { key: found = new Uint8Array(0), token } = byOpId.get(opId) ?? {};
        expect({ key: toHex(found), token }).toEqual({ key: toHex(key), token: givenBy(outcomes[i]) });
      });
      const [replaced, , created] = operations.map(({ opId }) => byOpId.get(opId));
      expect(replaced?.before).toMatchObject({
        state: "present",
        token: there,
        ...(before.write as object),
      });
      expect(created?.before).toMatchObject({ state: "absent" });
    });

    test("hold each operation once, however often it was sent", async () => {
      const { store } = await freshStore(bed());
      const applyId = randomUUID();
      const operations = [create("a", 1), create("b", 2)];
      await store.write(operations, { applyId });
      await store.write(operations, { applyId });
      await store.settle(operations, { applyId });
      expect((await preimagesOf(store, applyId)).map(({ opId }) => opId)).toEqual(
        operations.map(({ opId }) => opId),
      );
    });

    test("are of one apply and one collection", async () => {
      const { store } = await freshStore(bed());
      const other = await freshStore(bed());
      const applyId = randomUUID();
      await writeOne(store, create("a", 1), applyId);
      await writeOne(store, create("b", 1), randomUUID());
      await writeOne(other.store, create("c", 1), applyId);
      const keys = (await preimagesOf(store, applyId)).map(({ key }) => toHex(key));
      expect(keys).toEqual([hexKey("a")]);
      expect(await preimagesOf(store, randomUUID())).toEqual([]);
    });

    test("undo an apply: each record is as before", async () => {
      const { store } = await freshStore(bed());
      const values = Array.from({ length: 800 }, (_, i) => create(i, { i, text: "x".repeat(i) }));
      const first = await store.write(values, { applyId: randomUUID() });
      const applyId = randomUUID();
      await store.write(
        first.map((outcome, i) => replace(i, tokenOf(outcome), "overwritten")),
        { applyId },
      );
      const undo = (await preimagesOf(store, applyId)).map(({ key, before, token }) => ({
        opId: randomUUID(),
        key,
        expect: token ?? "",
        write: { body: before.body ?? "", digest: before.digest ?? new Uint8Array(16) },
      }));
      const undone = await store.write(undo, { applyId: randomUUID() });
      expect(undone.every(({ status }) => status === "applied")).toBe(true);
      const bodies: (string | undefined)[] = [];
      for await (const chunk of store.read(values.map(({ key }) => key)))
        bodies.push(...chunk.map(({ body }) => body));
      expect(bodies).toEqual(values.map(({ write }) => (write as { body: string }).body));
    });
  });
}
