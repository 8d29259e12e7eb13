import { describe, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison, Decision, Drift } from "../../../core/session/drift.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import { digestOf, hexOf } from "../../support/models/bodies.ts";
import { kindsOf, planOf, pull, push } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const confirmed = ["items"];

async function everyDrift(withBase: boolean): Promise<World> {
  const world = new World();
  for (let i = 0; i < 10; i++) world.putBoth(i, `body ${i}`);
  if (withBase) await compare(world.ports());
  world.local.put(hexOf(0), "changed here");
  world.remote.put(hexOf(1), "changed there");
  world.local.delete(hexOf(2));
  world.remote.delete(hexOf(3));
  world.local.put(hexOf(4), "conflict here");
  world.remote.put(hexOf(4), "conflict there");
  world.local.put(hexOf(10), "added here");
  world.remote.put(hexOf(11), "added there");
  world.local.put(hexOf(12), "deleted there long ago");
  world.remote.delete(hexOf(12));
  return world;
}

/** What a drift list shows: everything but tokens. */
function shown({ drifts }: Comparison): unknown {
  return drifts.map(({ key, kind, noBase, here, there, local, remote }) => ({
    key: toHex(key),
    kind,
    noBase,
    here,
    there,
    local: local.digest,
    remote: remote.digest,
  }));
}

async function undo(world: World, applyId: string): Promise<string> {
  const plan = await planUndo(world.ports(), applyId, world.newOpId, 2);
  const report = await applyPlan(world.ports(), plan, { confirmed });
  expect(report.counts).toEqual({ ...report.counts, applied: plan.operations.length });
  return plan.applyId;
}

const merged: Decision = { do: "merge", body: "merged", digest: digestOf("merged") };
const decisions: [string, (drift: Drift) => Decision][] = [
  ["push", () => push],
  ["pull", () => pull],
  ["merge or push", ({ kind }) => (kind === "conflict" || kind === "different" ? merged : push)],
];

describe.each([true, false])("undo, with a base: %s", (withBase) => {
  test.each(decisions)("of %s puts both sides back and shows the same drift", async (_, decide) => {
    const world = await everyDrift(withBase);
    const comparison = await compare(world.ports());
    const before = [world.bodies("local"), world.bodies("remote")];
    const plan = planOf(world, comparison, decide);
    await applyPlan(world.ports(), plan, { confirmed });
    const applied = [world.bodies("local"), world.bodies("remote")];
    expect((await compare(world.ports())).drifts).toHaveLength(0);

    const undone = await undo(world, plan.applyId);
    expect([world.bodies("local"), world.bodies("remote")]).toEqual(before);
    expect(shown(await compare(world.ports()))).toEqual(shown(comparison));

    const redone = await undo(world, undone);
    expect([world.bodies("local"), world.bodies("remote")]).toEqual(applied);
    expect((await compare(world.ports())).drifts).toHaveLength(0);

    await undo(world, redone);
    expect([world.bodies("local"), world.bodies("remote")]).toEqual(before);
    expect(shown(await compare(world.ports()))).toEqual(shown(comparison));
  });
});

test("the base body of a resolved conflict comes back with the undo", async () => {
  const world = new World();
  world.local.put(hexOf(0), "base");
  const first = planOf(world, await compare(world.ports()), () => push);
  await applyPlan(world.ports(), first);
  world.local.put(hexOf(0), "a");
  world.remote.put(hexOf(0), "b");
  const second = planOf(world, await compare(world.ports()), () => push);
  await applyPlan(world.ports(), second);
  expect(world.base.rows.get(hexOf(0))?.body).toBe("a");
  await undo(world, second.applyId);
  expect(world.base.rows.get(hexOf(0))).toMatchObject({ digest: digestOf("base"), body: "base" });
});

test("records that changed since are conflicts, not casualties", async () => {
  const world = await everyDrift(true);
  const plan = planOf(world, await compare(world.ports()));
  await applyPlan(world.ports(), plan);
  world.remote.put(hexOf(0), "somebody, later");
  world.local.put(hexOf(1), "the page, later");
  const undoing = await planUndo(world.ports(), plan.applyId, world.newOpId, 2);
  const report = await applyPlan(world.ports(), undoing);
  expect(report.counts.conflict).toBe(2);
  expect(world.remote.body(hexOf(0))).toBe("somebody, later");
  expect(world.local.body(hexOf(1))).toBe("the page, later");
  expect(kindsOf(await compare(world.ports()))).toMatchObject({
    [hexOf(0)]: "changedThere",
    [hexOf(1)]: "changedHere",
  });
});

test("an undo that deletes much wants the name typed, like any plan", async () => {
  const world = new World();
  for (let i = 0; i < 101; i++) world.local.put(hexOf(i), `body ${i}`);
  const plan = planOf(world, await compare(world.ports()), () => push);
  await applyPlan(world.ports(), plan);
  const undoing = await planUndo(world.ports(), plan.applyId, world.newOpId, 2);
  expect(undoing.confirmations).toEqual([{ side: "remote", name: "items", deletes: 101 }]);
  await expect(applyPlan(world.ports(), undoing)).rejects.toMatchObject({ code: "confirmation-required" });
});

test("an apply that is not on record cannot be undone", async () => {
  const world = new World();
  await expect(planUndo(world.ports(), "never", world.newOpId, 2)).rejects.toMatchObject({
    code: "no-such-apply",
  });
});

test("an apply that was undone is not resumed: it would write the page's records twice", async () => {
  const world = await everyDrift(true);
  const plan = planOf(world, await compare(world.ports()));
  await applyPlan(
    world.ports({ fault: (point) => (point === "local.write" ? "crash-after" : "none") }),
    plan,
  );
  await undo(world, plan.applyId);
  await expect(applyPlan(world.ports(), plan, { resume: true })).rejects.toMatchObject({
    code: "already-undone",
  });
});

test("a base that moved on since is not moved back", async () => {
  const world = new World();
  world.putBoth(0, "old");
  await compare(world.ports());
  world.remote.put(hexOf(0), "pulled");
  const first = planOf(world, await compare(world.ports()));
  await applyPlan(world.ports(), first);
  world.local.put(hexOf(0), "pushed");
  await applyPlan(world.ports(), planOf(world, await compare(world.ports())));
  world.local.put(hexOf(0), "pulled");
  await undo(world, first.applyId);
  expect(world.bodies("local")).toEqual({ [hexOf(0)]: "old" });
  // With the first apply's base this would read "changed there", and its proposal would undo the undo.
  expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "changedHere" });
});
