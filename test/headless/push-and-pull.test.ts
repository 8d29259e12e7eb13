import { afterEach, beforeEach, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;

beforeEach(async () => {
  bed = await HeadlessBed.open();
});
afterEach(() => bed.close());

const putOrders = (from: number, to: number, price = 10): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = ${from}; id < ${to}; id++)
    transaction.objectStore("orders").put({ id, code: "c" + id, tags: ["t" + id % 3], price: ${price}, at: new Date(id) });
  await done(transaction);`;

test("a push, a change on each side, a diff, and both again", async () => {
  await bed.inApplication(putOrders(0, 50));
  const orders = [...bed.usual(), "--store", "orders"];

  const before = await bed.json("diff", ...orders);
  expect(before).toMatchObject({ exitCode: 1, stores: [{ collectionExists: false, left: 50 }] });
  expect(before.stores[0]?.counts.onlyHere).toBe(50);

  const pushed = await bed.json("push", ...orders);
  expect(pushed).toMatchObject({
    exitCode: 0,
    stores: [
      { plan: { remote: { create: 50 } }, apply: { complete: true, outcomes: { applied: 50 } }, left: 0 },
    ],
  });

  expect(await bed.json("diff", ...orders)).toMatchObject({
    exitCode: 0,
    stores: [{ counts: { equal: 50 }, drifts: [] }],
  });

  await bed.inApplication(`${putOrders(3, 5, 99)}
    const removing = db.transaction("orders", "readwrite");
    removing.objectStore("orders").delete(7);
    await done(removing);`);
  const drifted = await bed.json("diff", ...orders);
  expect(drifted.exitCode).toBe(1);
  expect(drifted.stores[0]?.drifts).toEqual([
    { key: 3, kind: "changedHere", fields: [["price"]], proposal: "push", decision: "push" },
    { key: 4, kind: "changedHere", fields: [["price"]], proposal: "push", decision: "push" },
    { key: 7, kind: "removedHere", proposal: "push", decision: "push" },
  ]);
  const again = await bed.json("push", ...orders);
  expect(again).toMatchObject({ exitCode: 0, stores: [{ plan: { remote: { replace: 2, delete: 1 } } }] });
  const undone = await bed.json("undo", ...orders, "--yes");
  expect(undone).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { kind: "undo", remote: { create: 1, replace: 2 } } }],
  });
  expect((await bed.json("diff", ...orders)).stores[0]?.drifts).toHaveLength(3);
});
