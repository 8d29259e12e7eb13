import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { type ApplyOptions, applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import type { Plan } from "../../../core/session/plan.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import { ComparisonState } from "../../../extension/panel/worker/sync/comparison-state.ts";
import { GoOn } from "../../../extension/panel/worker/sync/go-on.ts";
import { takeOver } from "../../../extension/panel/worker/sync/take-over.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { planOf } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const UNSEEN = { keys: [], unseen: [] };

/** A comparison with one row of most kinds, and the panel's state of it. */
async function opened(): Promise<{ world: World; state: ComparisonState }> {
  const world = new World();
  for (let key = 0; key < 10; key++) world.putBoth(key, `body ${key}`);
  await compareAgain(world.ports(), { local: { unknown: "first" } });
  world.local.put(hexOf(0), "mine");
  world.local.put(hexOf(20), "new here");
  world.local.delete(hexOf(1));
  world.remote.put(hexOf(2), "theirs");
  world.remote.put(hexOf(21), "new there");
  world.remote.delete(hexOf(3));
  return {
    world,
    state: new ComparisonState(await compareAgain(world.ports(), { local: { unknown: "first" } })),
  };
}

async function run(
  world: World,
  plan: Plan,
  state: ComparisonState,
  goOn: GoOn,
  options: ApplyOptions = {},
): Promise<void> {
  const ports = world.ports();
  await goOn.beforeApply(ports.base, plan, state);
  const report = await applyPlan(ports, plan, { confirmed: ["items"], ...options });
  const taken = takeOver(state, ports, plan, report).then(() => true);
  goOn.afterApply(plan, report, await taken.catch(() => false));
}

/** What the next comparison of changed keys says, and what one of all records says. */
async function bothOf(world: World, state: ComparisonState, goOn: GoOn): Promise<[unknown, unknown]> {
  const earlier = state.toComparison();
  const rechecked = await compareAgain(world.ports(), { earlier, local: goOn.with(UNSEEN) });
  expect(rechecked.extent).toBe("rechecked");
  const full = await compare(world.ports());
  return [rechecked, full].map(({ counts, drifts, localRows, remoteRows }) => ({
    counts,
    localRows,
    remoteRows,
    drifts: drifts.map(({ key, kind, proposal }) => [toHex(key), kind, proposal.do]),
  })) as [unknown, unknown];
}

test("after an apply the counts and the list are those of a comparison of all records", async () => {
  const { world, state } = await opened();
  const goOn = new GoOn(undefined);
  await run(world, planOf(world, state.toComparison()), state, goOn);
  expect(state.summary()).toMatchObject({ driftCount: 0, localRows: 10, remoteRows: 10 });
  expect(state.summary().counts.equal).toBe(10);
  const [rechecked, full] = await bothOf(world, state, goOn);
  expect(rechecked).toEqual(full);
});

test("after a cancelled apply they are, and what was not run needs no look", async () => {
  const { world, state } = await opened();
  const goOn = new GoOn(undefined);
  const cancel = new AbortController();
  const onProgress = () => cancel.abort();
  await run(world, planOf(world, state.toComparison()), state, goOn, {
    windowSize: 1,
    signal: cancel.signal,
    onProgress,
  });
  const { driftCount } = state.summary();
  expect(driftCount).toBeGreaterThan(0);
  expect(driftCount).toBeLessThan(6);
  expect(goOn.with(UNSEEN)).toMatchObject({ keys: [] });
  const [rechecked, full] = await bothOf(world, state, goOn);
  expect(rechecked).toEqual(full);
});

test("after an undo of an apply that the list no longer shows, they are, too", async () => {
  const { world, state } = await opened();
  const plan = planOf(world, state.toComparison());
  await run(world, plan, state, new GoOn(undefined));
  const later = new ComparisonState(await compareAgain(world.ports(), { local: { unknown: "first" } }));
  const goOn = new GoOn(undefined);
  await run(world, await planUndo(world.ports(), plan.applyId, world.newOpId, 1), later, goOn);
  const [rechecked, full] = await bothOf(world, later, goOn);
  expect(rechecked).toEqual(full);
  expect((full as { drifts: unknown[] }).drifts).toHaveLength(6);
});

test("a write without an answer is looked at again", async () => {
  const { world, state } = await opened();
  const goOn = new GoOn(undefined);
  const plan = planOf(world, state.toComparison());
  const ports = world.ports({ fault: (point) => (point === "local.write" ? "lost-answer" : "none") });
  await goOn.beforeApply(ports.base, plan, state);
  const report = await applyPlan(ports, plan, { confirmed: ["items"], wait: async () => undefined });
  await takeOver(state, world.ports(), plan, report);
  goOn.afterApply(plan, report, true);
  const [rechecked, full] = await bothOf(world, state, goOn);
  expect(rechecked).toEqual(full);
});

test("decisions and what was read of a row stay with a record that is as it was; proposals are made anew", async () => {
  const { world, state } = await opened();
  const indexOf = (of: ComparisonState, key: number): number =>
    of.page({}, 0, 100).rows.find((row) => toHex(row.key) === hexOf(key))?.index ?? -1;
  state.decide([indexOf(state, 0), indexOf(state, 20)], { do: "leave" });
  state.setSummary(indexOf(state, 0), { fields: [], more: 3 });
  world.local.put(hexOf(20), "newer here");
  const next = new ComparisonState(await compare(world.ports()), state);
  expect(next.row(indexOf(next, 0))).toMatchObject({ decision: { do: "leave" }, summary: { more: 3 } });
  expect(next.row(indexOf(next, 20)).decision).toEqual({ do: "push" });
  expect(next.row(indexOf(next, 2)).decision).toEqual({ do: "pull" });
});
