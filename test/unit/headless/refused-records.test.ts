import { expect, test } from "vitest";
import { StoreRun } from "../../../bridge/headless/sync/store-run.ts";
import { RefusedRecords } from "../../../bridge/headless/watch/refused-records.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { World } from "../../support/models/world.ts";

test("what a side refused is left in later rounds, until it has changed", async () => {
  const world = new World();
  const signal = new AbortController().signal;
  const run = new StoreRun({
    mapping: { bucket: "", database: "shop", store: "items", collection: "items", settings: {} },
    ports: world.ports(),
    collectionExists: true,
    databaseCreated: false,
    signal,
    onCompareProgress: () => {},
    onApplyProgress: () => {},
  });
  const refused = new RefusedRecords();
  /** How many operations a round has. */
  async function round(): Promise<number | undefined> {
    const { drifts } = await run.compare();
    await run.decide({
      command: "watch",
      policy: { is: "manual" },
      settings: {},
      accepts: () => false,
      leaves: (drift) => refused.has(drift),
      signal,
    });
    await run.apply({ dryRun: false, confirmed: [], resume: false });
    if (run.plan !== undefined && run.applied !== undefined) refused.note(drifts, run.plan, run.applied);
    return run.plan?.operations.length;
  }
  world.putBoth(1, "one");
  expect(await round()).toBe(0);
  world.local.put(hexOf(1), "one", { blocked: "a key that cannot be copied" });
  world.remote.put(hexOf(1), "there");
  expect(await round()).toBe(1);
  expect(await round()).toBe(0);
  expect(run.left).toBe(1);
  world.remote.put(hexOf(1), "there again");
  expect(await round()).toBe(1);
});
