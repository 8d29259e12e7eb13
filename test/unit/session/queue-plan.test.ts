import { describe, expect, test } from "vitest";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Plan } from "../../../core/session/plan.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import type { RemoteWrite, WriteOutcome } from "../../../core/session/ports.ts";
import { queuePlan } from "../../../core/session/queue-plan.ts";
import { recordSettled, type SettledWrite } from "../../../core/session/record-settled.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { digestOf, hexOf } from "../../support/models/bodies.ts";
import { CrashError, type Fault } from "../../support/models/environment.ts";
import { planOf, push } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const clock = () => 7;

/** Ports whose backend refuses every write, as one does that cannot be reached. */
function away(ports: SessionPorts): SessionPorts {
  const refused = (writes: readonly RemoteWrite[]): WriteOutcome[] =>
    writes.map(({ opId }) => ({
      opId,
      status: "rejected",
      code: "backend-unavailable",
      reason: "It cannot be reached.",
    }));
  const remote = new Proxy(ports.remote, {
    get: (store, name) => {
      if (name === "write") return async (writes: readonly RemoteWrite[]) => refused(writes);
      const value: unknown = Reflect.get(store, name);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
  return { ...ports, remote };
}

/** Four records that are to be pushed: two changed, one added, one removed. */
async function drifted(): Promise<{ world: World; plan: Plan }> {
  const world = new World();
  for (let i = 0; i < 6; i++) world.putBoth(i, `body ${i}`);
  await compare(world.ports());
  world.local.put(hexOf(0), "changed 0");
  world.local.put(hexOf(1), "changed 1");
  world.local.delete(hexOf(2));
  world.local.put(hexOf(9), "added 9");
  const comparison = await compare(world.ports());
  return { world, plan: planOf(world, comparison, () => push) };
}

async function queued(world: World, plan: Plan): Promise<RemoteWrite[]> {
  const writes: RemoteWrite[] = [];
  const { operations, outcomes } = await queuePlan(
    away(world.ports()),
    plan,
    async (windows) => {
      for await (const window of windows) writes.push(...window);
      return writes.length;
    },
    clock,
  );
  expect(operations).toBe(writes.length);
  for (const { opId } of writes) expect(outcomes.get(opId)).toBeUndefined();
  return writes;
}

async function send(world: World, plan: Plan, writes: readonly RemoteWrite[]): Promise<SettledWrite[]> {
  const outcomes = await world.ports().remote.write(writes, { applyId: plan.applyId });
  return writes.map((write, i) => ({ write, outcome: outcomes[i] as WriteOutcome }));
}

async function* once<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}

const record = (world: World, plan: Plan, settled: readonly SettledWrite[], ports = world.ports()) =>
  recordSettled(ports.base, plan.applyId, once(settled), clock);

const countsOf = async (world: World) => (await world.ports().base.applies())[0]?.counts;

describe("a plan that found the backend away", () => {
  test("is queued as it was planned, and is in the base once it was sent", async () => {
    const { world, plan } = await drifted();
    const report = await applyPlan(away(world.ports()), plan, { confirmed: ["items"] });
    expect(report.counts).toMatchObject({ rejected: 4, applied: 0 });
    const writes = await queued(world, plan);
    expect(writes.map(({ opId }) => opId)).toEqual(plan.operations.map(({ opId }) => opId));
    expect(await countsOf(world)).toMatchObject({ rejected: 0, notRun: 4 });

    await record(world, plan, await send(world, plan, writes));
    expect(world.bodies("remote")).toEqual(world.bodies("local"));
    expect((await compare(world.ports())).drifts).toHaveLength(0);
    expect(await countsOf(world)).toMatchObject({ applied: 4, notRun: 0, rejected: 0 });
  });

  test("can be queued without having run", async () => {
    const { world, plan } = await drifted();
    const writes = await queued(world, plan);
    expect(writes).toHaveLength(4);
    await record(world, plan, await send(world, plan, writes));
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("keeps what the page has changed since as a conflict, and does not queue it", async () => {
    const { world, plan } = await drifted();
    await applyPlan(away(world.ports()), plan, { confirmed: ["items"] });
    world.local.put(hexOf(1), "changed again");
    expect(await queued(world, plan)).toHaveLength(3);
    expect(await countsOf(world)).toMatchObject({ conflict: 1, notRun: 3 });
  });

  test("shows what somebody else wrote meanwhile, and overwrites nothing", async () => {
    const { world, plan } = await drifted();
    const writes = await queued(world, plan);
    world.remote.put(hexOf(1), "written there");
    await record(world, plan, await send(world, plan, writes));
    expect(world.bodies("remote")[hexOf(1)]).toBe("written there");
    const { drifts } = await compare(world.ports());
    expect(drifts.map(({ kind }) => kind)).toEqual(["conflict"]);
    expect(await countsOf(world)).toMatchObject({ applied: 3, conflict: 1 });
  });

  test("does not take what a merge wants on both sides", async () => {
    const { world } = await drifted();
    world.remote.put(hexOf(0), "changed there");
    const comparison = await compare(world.ports());
    const merged = { do: "merge", body: "merged", digest: digestOf("merged") } as const;
    const plan = planOf(world, comparison, ({ kind }) => (kind === "conflict" ? merged : push));
    expect(plan.operations).toHaveLength(5);
    expect(await queued(world, plan)).toHaveLength(3);
  });
});

describe("what came of queued operations", () => {
  test("says the same a second time", async () => {
    const { world, plan } = await drifted();
    const settled = await send(world, plan, await queued(world, plan));
    await record(world, plan, settled);
    const again = await record(world, plan, settled);
    expect(again?.fresh.size).toBe(0);
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("moves nothing any more once the apply was undone", async () => {
    const { world, plan } = await drifted();
    const before = world.bodies("remote");
    const settled = await send(world, plan, await queued(world, plan));
    await record(world, plan, settled);
    const undo = await planUndo(world.ports(), plan.applyId, world.newOpId, 8);
    await applyPlan(world.ports(), undo, { confirmed: ["items"] });
    expect(world.bodies("remote")).toEqual(before);
    await record(world, plan, settled);
    const { drifts } = await compare(world.ports());
    expect(drifts.map(({ kind }) => kind)).toEqual([
      "changedHere",
      "changedHere",
      "removedHere",
      "addedHere",
    ]);
  });

  test("is not of a panel that does not know the plan", async () => {
    const { world, plan } = await drifted();
    const settled = await send(world, plan, await queued(world, plan));
    const stranger = new World();
    expect(await record(stranger, plan, settled)).toBeUndefined();
    expect((await stranger.ports().base.applies()).length).toBe(0);
  });

  test.each(["crash", "crash-after", "crash-midway"] as const)(
    "is whole after a %s at any step, once it comes again",
    async (fault: Fault) => {
      for (let at = 0; ; at++) {
        const { world, plan } = await drifted();
        const settled = await send(world, plan, await queued(world, plan));
        let calls = 0;
        const { ports } = world.open({ fault: () => (calls++ === at ? fault : "none") });
        const ended = await record(world, plan, settled, ports).then(
          () => true,
          (error: unknown) => {
            if (error instanceof CrashError || (error as { cause?: unknown }).cause instanceof CrashError) {
              return false;
            }
            throw error;
          },
        );
        await record(world, plan, settled);
        expect((await compare(world.ports())).drifts).toHaveLength(0);
        expect(await countsOf(world)).toMatchObject({ applied: 4, notRun: 0 });
        if (ended) {
          expect(at).toBeGreaterThan(3);
          return;
        }
      }
    },
  );
});
