import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;

beforeEach(async () => {
  bed = await HeadlessBed.open();
});
afterEach(() => bed.close());

const put = (fields: string): string => `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = 1; id <= 4; id++) transaction.objectStore("orders").put({ id, ${fields} });
  await done(transaction);`;

test("conflicts: left by a push, settled by a policy, by key, and by a file, and undone", async () => {
  const one = [...bed.usual("one"), "--store", "orders", "--no-app"];
  const two = [...bed.usual("two"), "--store", "orders", "--no-app"];
  await bed.inApplication(put("a: 1, b: 1, at: 1"), "one");
  expect((await bed.json("push", ...one)).exitCode).toBe(0);
  expect((await bed.json("pull", ...two)).exitCode).toBe(0);
  await bed.inApplication(put("a: 2, b: 1, at: 2"), "one");
  await bed.inApplication(put("a: 1, b: 3, at: 3"), "two");
  expect((await bed.json("push", ...one)).exitCode).toBe(0);

  const left = await bed.json("push", ...two);
  expect(left).toMatchObject({
    exitCode: 1,
    stores: [{ counts: { conflict: 4 }, plan: { notWritten: { undecided: 4 } } }],
  });
  expect(left.stores[0]?.drifts[0]).toEqual({
    key: 1,
    kind: "conflict",
    fields: [["a"], ["b"], ["at"]],
    proposal: "decide",
    decision: "decide",
  });

  expect(await bed.json("resolve", ...two, "--key", "1", "--take", "remote")).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { local: { replace: 1 } }, left: 0 }],
  });
  const file = join(bed.folder, "record.json");
  writeFileSync(file, JSON.stringify({ id: 2, a: 2, b: 3, at: "~both" }));
  expect(await bed.json("resolve", ...two, "--key", "2", "--take", file)).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { local: { replace: 1 }, remote: { replace: 1 } } }],
  });
  const newest = await bed.json("resolve", ...two, "--policy", "newest:at");
  expect(newest).toMatchObject({ exitCode: 0, stores: [{ plan: { remote: { replace: 2 } }, left: 0 }] });
  expect(newest.stores[0]?.drifts[0]?.reason).toBe("newest: here, 1 more");
  expect((await bed.json("diff", ...two)).exitCode).toBe(0);

  expect(await bed.json("pull", ...one)).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { local: { replace: 3 } } }],
  });
  const records = `return await done(db.transaction("orders").objectStore("orders").getAll());`;
  expect(await bed.inApplication(records, "one")).toEqual(await bed.inApplication(records, "two"));

  expect(await bed.json("undo", ...two)).toMatchObject({
    exitCode: 0,
    stores: [{ plan: { undoes: newest.stores[0]?.apply?.applyId, remote: { replace: 2 } } }],
  });
  expect(await bed.json("diff", ...two)).toMatchObject({
    exitCode: 1,
    stores: [{ counts: { conflict: 2 } }],
  });
});
