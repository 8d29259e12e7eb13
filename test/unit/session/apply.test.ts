import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Decision, Drift } from "../../../core/session/drift.ts";
import { giveUp } from "../../../core/session/give-up.ts";
import type { ApplyReport } from "../../../core/session/plan.ts";
import { findPlanWarnings } from "../../../core/session/plan-warnings.ts";
import { proposeByPolicy } from "../../../core/session/policy.ts";
import {
  type LocalWrite,
  NOT_SENT,
  type WriteOptions,
  type WriteOutcome,
} from "../../../core/session/ports.ts";
import { readDrift } from "../../../core/session/read-drift.ts";
import { refreshDrifts } from "../../../core/session/refresh-drifts.ts";
import { digestOf, hexOf, keyOf } from "../../support/models/bodies.ts";
import type { Fault } from "../../support/models/environment.ts";
import { kindsOf, planOf, pull, push, settle } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const now = { wait: async () => undefined };
const confirmed = ["items"];

/** Ten equal records, base made. */
async function tenRecords(): Promise<World> {
  const world = new World();
  for (let i = 0; i < 10; i++) world.putBoth(i, `body ${i}`);
  await compare(world.ports());
  return world;
}

/** One of every drift that a person may write. */
async function everyDrift(): Promise<World> {
  const world = await tenRecords();
  world.local.put(hexOf(0), "changed here");
  world.remote.put(hexOf(1), "changed there");
  world.local.delete(hexOf(2));
  world.remote.delete(hexOf(3));
  world.local.put(hexOf(4), "conflict here");
  world.remote.put(hexOf(4), "conflict there");
  world.local.delete(hexOf(5));
  world.remote.put(hexOf(5), "removed or changed");
  world.putBoth(6, "converged");
  world.local.put(hexOf(10), "added here");
  world.remote.put(hexOf(11), "added there");
  return world;
}

function at(point: string, fault: Fault, nth = 1): (called: string) => Fault {
  let calls = 0;
  return (called) => (called === point && ++calls === nth ? fault : "none");
}

describe("rule 5: everything pushed or pulled", () => {
  test.each([
    ["push", push],
    ["pull", pull],
  ] as const)("%s everything: both sides are equal, a second diff is empty", async (name, decision) => {
    const world = await everyDrift();
    const before = world.bodies(name === "push" ? "local" : "remote");
    const { report } = await settle(world, () => decision);
    expect(report.counts).toEqual({ ...report.counts, applied: report.outcomes.length });
    expect(report.complete).toBe(true);
    expect(world.bodies("local")).toEqual(before);
    expect(world.bodies("remote")).toEqual(before);
    const second = await compare(world.ports());
    expect(second.drifts).toHaveLength(0);
    expect(second.counts.equal).toBe(Object.keys(before).length);
  });

  test("without any base", async () => {
    const world = new World();
    for (let i = 0; i < 300; i++) world.local.put(hexOf(i), `body ${i}`);
    world.remote.put(hexOf(1), "other");
    const { report } = await settle(world, () => push);
    expect(report.counts.applied).toBe(300);
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });
});

describe("the base after an apply (decision 14)", () => {
  test("is what was sent, with its body and the token returned, whatever the page did meanwhile", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "sent");
    const plan = planOf(world, await compare(world.ports()));
    const ports = world.ports({
      interfere: (point) => {
        if (point === "remote.write") world.local.put(hexOf(0), "typed meanwhile");
      },
    });
    await applyPlan(ports, plan);
    const token = world.remote.rows.get(hexOf(0))?.token;
    expect(world.base.rows.get(hexOf(0))).toMatchObject({ state: "present", body: "sent", token });
    expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "changedHere" });
  });

  test("of a pushed delete knows the tombstone", async () => {
    const world = await tenRecords();
    world.local.delete(hexOf(0));
    await settle(world);
    const token = world.remote.rows.get(hexOf(0))?.token;
    expect(world.base.rows.get(hexOf(0))).toMatchObject({ state: "deleted", token });
    world.local.put(hexOf(0), "born again");
    expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "addedHere" });
  });

  test("of a one-sided merge stays, and the merged body stays in the plan", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "a");
    world.remote.put(hexOf(0), "b");
    const comparison = await compare(world.ports());
    const merged = { do: "merge", body: "a+b", digest: digestOf("a+b") } as const;
    const plan = planOf(world, comparison, () => merged);
    const ports = world.ports({
      interfere: (point) => {
        if (point === "local.write") world.local.put(hexOf(0), "c");
      },
    });
    const report = await applyPlan(ports, plan);
    expect(report.outcomes.map(({ status }) => status)).toEqual(["applied", "conflict"]);
    expect(world.base.rows.get(hexOf(0))?.digest).toEqual(digestOf("body 0"));
    expect(plan.operations.every(({ body }) => body === "a+b")).toBe(true);
    expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "conflict" });
  });

  test.each(["conflict", "unknown"])(
    "of a merge whose remote half is %s stays, and the page is not written",
    async (fate) => {
      const world = await tenRecords();
      world.local.put(hexOf(0), "a");
      world.remote.put(hexOf(0), "b");
      const merged = { do: "merge", body: "a+b", digest: digestOf("a+b") } as const;
      const plan = planOf(world, await compare(world.ports()), () => merged);
      if (fate === "conflict") world.remote.put(hexOf(0), "c");
      const fault = (point: string): Fault => (/remote\.(write|settle)/.test(point) ? "late" : "none");
      const ports = world.ports(fate === "unknown" ? { fault } : {});
      const report = await applyPlan(ports, plan, now);
      expect(report.outcomes.map(({ status }) => status)).toEqual([fate, "notRun"]);
      expect(report.complete).toBe(fate === "conflict");
      expect(world.local.body(hexOf(0))).toBe("a");
      expect(world.base.rows.get(hexOf(0))?.digest).toEqual(digestOf("body 0"));
      if (fate === "conflict") return;
      expect((await applyPlan(world.ports(), plan, { resume: true })).counts.applied).toBe(2);
      expect(world.local.body(hexOf(0))).toBe("a+b");
    },
  );

  test("of a merge on both sides is the merged record", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "a");
    world.remote.put(hexOf(0), "b");
    const merged = { do: "merge", body: "a+b", digest: digestOf("a+b") } as const;
    const { report } = await settle(world, () => merged);
    expect(report.counts.applied).toBe(2);
    expect(world.local.body(hexOf(0))).toBe("a+b");
    expect(world.remote.body(hexOf(0))).toBe("a+b");
    expect(world.base.rows.get(hexOf(0))).toMatchObject({ body: "a+b" });
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });
});

describe("rule 1: no lost update", () => {
  test("a record that changed on the target is a conflict, with what is there now", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()));
    world.remote.put(hexOf(0), "somebody was faster");
    world.local.put(hexOf(1), "the page was faster");
    world.local.put(hexOf(3), "so here");
    world.remote.put(hexOf(2), "and there");
    const report = await applyPlan(world.ports(), plan);
    const bodyAt = (key: number) => {
      const operation = plan.operations.findIndex((op) => hexOf(key) === Buffer.from(op.key).toString("hex"));
      const outcome = report.outcomes.at(operation);
      return outcome?.status === "conflict" ? outcome.current.body : outcome?.status;
    };
    expect([0, 1, 2, 3].map(bodyAt)).toEqual([
      "somebody was faster",
      "the page was faster",
      "and there",
      "so here",
    ]);
    expect(world.remote.body(hexOf(0))).toBe("somebody was faster");
    expect(world.local.body(hexOf(1))).toBe("the page was faster");
    expect(world.remote.body(hexOf(2))).toBe("and there");
    expect(world.local.body(hexOf(3))).toBe("so here");
  });

  test("a record that changed at its source is not sent", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()));
    world.local.put(hexOf(0), "not what was shown");
    world.remote.put(hexOf(1), "not what was shown");
    world.local.put(hexOf(2), "not deleted any more");
    world.remote.put(hexOf(3), "not deleted any more");
    const report = await applyPlan(world.ports(), plan);
    expect(report.counts.conflict).toBe(4);
    expect(world.remote.body(hexOf(0))).toBe("body 0");
    expect(world.local.body(hexOf(1))).toBe("body 1");
    expect(world.remote.body(hexOf(2))).toBe("body 2");
    expect(world.local.body(hexOf(3))).toBe("body 3");
  });

  test("a conflict's record can be looked at again", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "mine");
    const comparison = await compare(world.ports());
    const [drift] = comparison.drifts;
    if (!drift) throw new Error("No drift.");
    expect(await readDrift(world.ports(), drift)).toMatchObject({
      local: { body: "mine" },
      remote: { body: "body 0" },
      base: { state: "present" },
      stale: false,
    });
    world.remote.put(hexOf(0), "theirs");
    expect((await readDrift(world.ports(), drift)).stale).toBe(true);
    expect(await refreshDrifts(world.ports(), [keyOf(0), keyOf(1)])).toMatchObject([
      { kind: "conflict", here: "changed", there: "changed" },
      { kind: "equal" },
    ]);
  });
});

describe("rule 2: a retry changes nothing more", () => {
  test.each(["remote.write", "local.write", "base.write", "base.saveOutcomes", "base.journal"])(
    "after a crash in %s the same plan resumes, and nothing is done twice",
    async (point) => {
      for (const fault of ["crash", "crash-midway", "crash-after"] as const) {
        const world = await everyDrift();
        const merged = { do: "merge", body: "merged", digest: digestOf("merged") } as const;
        const plan = planOf(world, await compare(world.ports()), ({ kind, proposal }) =>
          kind === "conflict" ? merged : proposal,
        );
        const crashed = await applyPlan(world.ports({ fault: at(point, fault) }), plan, now).catch(
          () => undefined,
        );
        expect(crashed?.complete ?? false).toBe(false);
        const report = await applyPlan(world.ports(), plan, { resume: true });
        expect(report.complete).toBe(true);
        expect(report.counts.applied).toBe(plan.operations.length);
        const effects = [...world.local.effects, ...world.remote.effects].map(({ opId }) => opId);
        expect(new Set(effects).size).toBe(effects.length);
        expect((await compare(world.ports())).drifts).toHaveLength(0);
      }
    },
  );

  test("a plan that ran is not run again by mistake", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()));
    await applyPlan(world.ports(), plan);
    await expect(applyPlan(world.ports(), plan)).rejects.toMatchObject({ code: "already-started" });
  });
});

describe("rule 3: the base is never ahead of the stores", () => {
  test("nothing is written to the base for what did not apply for certain", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()), () => push);
    const before = world.base.rows.get(hexOf(0));
    const fault = (point: string): Fault => (point.startsWith("remote.") ? "late" : "none");
    const lookups = (point: string): Fault => (point === "remote.lookup" ? "none" : fault(point));
    const report = await applyPlan(world.ports({ fault: lookups }), plan, now);
    expect(report.counts.unknown).toBeGreaterThan(0);
    expect(report.counts.conflict + report.counts.rejected).toBe(0);
    expect(report.complete).toBe(false);
    expect(world.base.rows.get(hexOf(0))).toEqual(before);
  });
});

describe("writes whose answer is missing (decision 21)", () => {
  test("are settled by repeating them", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()), () => push);
    const report = await applyPlan(world.ports({ fault: at("remote.write", "lost-answer") }), plan, now);
    expect(report.counts).toMatchObject({ applied: plan.operations.length, unknown: 0 });
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("that apply later change nothing twice", async () => {
    const world = await everyDrift();
    const plan = planOf(world, await compare(world.ports()), () => push);
    await applyPlan(world.ports({ fault: at("remote.write", "late") }), plan, now);
    const bodies = world.bodies("remote");
    const effects = world.remote.effects.length;
    world.remote.deliverLate();
    expect(world.bodies("remote")).toEqual(bodies);
    expect(world.remote.effects.length).toBe(effects);
  });

  test("are superseded when somebody wrote after them; the base stays", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "mine");
    const plan = planOf(world, await compare(world.ports()));
    const ports = world.ports({
      fault: at("remote.write", "lost-answer"),
      interfere: (point) => {
        if (point === "remote.settle") world.remote.put(hexOf(0), "after it");
      },
    });
    const report = await applyPlan(ports, plan, now);
    expect([...report.outcomes]).toMatchObject([{ status: "superseded", current: { body: "after it" } }]);
    expect(world.base.rows.get(hexOf(0))?.digest).toEqual(digestOf("body 0"));
  });

  test("a remote that is gone stops the apply, and the plan resumes when it is back", async () => {
    const world = new World({ maxBatchOperations: 3 });
    for (let i = 0; i < 10; i++) world.local.put(hexOf(i), `body ${i}`);
    const plan = planOf(world, await compare(world.ports()), () => push);
    let calls = 0;
    const fault = (point: string): Fault =>
      (point === "remote.write" || point === "remote.settle") && ++calls > 1 ? "fail" : "none";
    const report = await applyPlan(world.ports({ fault }), plan, now);
    expect(report.counts).toMatchObject({ applied: 3, unknown: 3, notRun: 4 });
    expect(report.stopped).toMatchObject({ side: "remote" });
    const resumed = await applyPlan(world.ports(), plan, { resume: true });
    expect(resumed.counts.applied).toBe(10);
    expect(resumed.complete).toBe(true);
  });

  test("and whose source changed since are never called failed", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "sent");
    const plan = planOf(world, await compare(world.ports()));
    const gone = (point: string): Fault =>
      point === "remote.write" || point === "remote.settle" ? "late" : "none";
    await applyPlan(world.ports({ fault: gone }), plan, now);
    world.local.put(hexOf(0), "typed after");
    const resumed = await applyPlan(world.ports(), plan, { resume: true });
    expect([...resumed.outcomes]).toMatchObject([{ status: "unknown" }]);
    world.remote.deliverLate();
    const last = await applyPlan(world.ports(), plan, { resume: true });
    expect([...last.outcomes]).toMatchObject([{ status: "applied" }]);
    expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "changedHere" });
  });
});

describe("rule 6: a deletion never comes back by itself", () => {
  test("a record deleted there is not pushed again by its own proposal, with or without a base", async () => {
    const world = await tenRecords();
    world.remote.delete(hexOf(0));
    world.local.put(hexOf(20), "old device");
    world.remote.delete(hexOf(20));
    await settle(world);
    expect(world.remote.body(hexOf(0))).toBeUndefined();
    expect(world.local.body(hexOf(0))).toBeUndefined();
    expect(world.remote.body(hexOf(20))).toBeUndefined();
    expect(world.local.body(hexOf(20))).toBe("old device");
  });

  test("a record that is missing on one side, and not in the base, is no deletion", async () => {
    const world = new World();
    world.local.put(hexOf(0), "only here");
    const comparison = await compare(world.ports());
    expect([...comparison.drifts]).toMatchObject([{ kind: "onlyHere", proposal: { do: "decide" } }]);
  });
});

describe("rule 7: mass deletion asks", () => {
  test("and wants the name of the place that would lose the rows, before anything runs", async () => {
    const world = await tenRecords();
    for (let i = 0; i < 10; i++) world.local.delete(hexOf(i));
    const comparison = await compare(world.ports());
    expect(planOf(world, comparison).operations).toHaveLength(0);
    const plan = planOf(world, comparison, () => push);
    expect(plan.confirmations).toEqual([{ side: "remote", name: "items", deletes: 10 }]);
    await expect(applyPlan(world.ports(), plan)).rejects.toMatchObject({ code: "confirmation-required" });
    await expect(applyPlan(world.ports(), plan, { confirmed: ["other"] })).rejects.toThrow(/10 records/);
    expect(Object.keys(world.bodies("remote"))).toHaveLength(10);
    expect(world.base.applies.size).toBe(0);
    expect((await applyPlan(world.ports(), plan, { confirmed })).counts.applied).toBe(10);
  });
});

describe("rule 8: a dry run", () => {
  test("predicts the outcomes and writes nothing, anywhere", async () => {
    const world = await everyDrift();
    const merged = { do: "merge", body: "merged", digest: digestOf("merged") } as const;
    const plan = planOf(world, await compare(world.ports()), ({ kind, proposal }) =>
      kind === "conflict" ? merged : proposal,
    );
    world.remote.put(hexOf(0), "changed since");
    world.local.put(hexOf(4), "changed since");
    const state = () =>
      structuredClone([
        world.bodies("local"),
        world.bodies("remote"),
        world.base.rows.keys().map((key) => world.base.rows.get(key)),
        [...world.base.applies],
        [...world.base.journal],
        world.remote.rows.keys().map((key) => world.remote.rows.get(key)),
      ]);
    const before = state();
    const dry = await applyPlan(world.ports(), plan, { dryRun: true });
    expect(state()).toEqual(before);
    const run = await applyPlan(world.ports(), plan);
    const plain = (outcomes: typeof run.outcomes) =>
      outcomes.map((outcome) => ({ ...outcome, token: undefined }));
    expect(plain(dry.outcomes)).toEqual(plain(run.outcomes));
    expect(run.counts).toMatchObject({ conflict: 3 });
  });
});

describe("rule 8: a dry run of what policies propose", () => {
  test.each([{ is: "localWins" }, { is: "remoteWins" }, { is: "mergeFields" }] as const)(
    "$is: outcomes and refusals are those of the run",
    async (policy) => {
      const world = new World();
      const of = (a: number, b: number) => encodeValue({ a, b });
      for (let key = 0; key < 6; key++) world.putBoth(key, of(0, 0));
      const ports = world.ports();
      await compare(ports);
      // Bodies in the base, as an apply leaves them: merging by field needs them.
      const keys = Array.from({ length: 6 }, (_, key) => keyOf(key));
      for (const entry of await ports.base.read(keys)) {
        if (entry) await ports.base.write([{ ...entry, body: of(0, 0) }]);
      }
      for (const key of [0, 1, 2, 3]) {
        world.local.put(hexOf(key), of(1, 0));
        world.remote.put(hexOf(key), of(0, 1));
      }
      world.local.delete(hexOf(4));
      world.remote.put(hexOf(4), of(0, 1));
      world.local.put(hexOf(5), of(1, 0));
      world.remote.delete(hexOf(5));
      const comparison = await compare(world.ports());
      expect(comparison.counts.conflict).toBe(6);
      const decisions = new Map<string, Decision>();
      const { emptied, drifts } = comparison;
      for await (const proposals of proposeByPolicy(world.ports(), drifts, { policy, emptied })) {
        for (const { index, decision } of proposals)
          decisions.set(toHex((drifts.at(index) as Drift).key), decision);
      }
      const plan = planOf(world, comparison, (drift) => decisions.get(toHex(drift.key)) ?? { do: "decide" });
      expect(plan.operations.length).toBeGreaterThan(4);
      // Between the proposals and the apply: one record moves, another must not be copied any more.
      world.remote.put(hexOf(0), of(0, 7));
      world.local.put(hexOf(1), of(1, 0), { blocked: "a CryptoKey is inside" });
      const plain = ({ outcomes }: ApplyReport) =>
        outcomes.map((outcome) => ({ ...outcome, token: undefined }));
      const warnings = await findPlanWarnings(world.ports(), plan);
      const dry = await applyPlan(world.ports(), plan, { dryRun: true });
      const run = await applyPlan(world.ports(), plan);
      expect(plain(dry)).toEqual(plain(run));
      const told = warnings.reduce(
        (sum, warning) => sum + (warning.is === "refused" || warning.is === "moved" ? warning.operations : 0),
        0,
      );
      expect(told).toBe(run.counts.conflict + run.counts.rejected);
      expect(told).toBeGreaterThan(1);
    },
  );
});

describe("rule 10: what a side cannot hold is refused, whole", () => {
  test("a body above the remote's limit", async () => {
    const world = new World({ maxBodyBytes: 10 });
    world.local.put(hexOf(0), "ü".repeat(6));
    world.local.put(hexOf(1), "ü".repeat(5));
    const { report } = await settle(world, () => push);
    expect([...report.outcomes]).toMatchObject([
      { status: "rejected", code: "not-representable" },
      { status: "applied" },
    ]);
  });

  test("records with opaque values inside are neither copied nor overwritten", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "with a key", { blocked: "It holds a CryptoKey." });
    world.local.put(hexOf(1), "with a key", { blocked: "It holds a CryptoKey." });
    world.remote.put(hexOf(1), "changed there");
    const { report } = await settle(world, ({ kind }) => (kind === "conflict" ? pull : push));
    expect([...report.outcomes]).toMatchObject([
      { status: "rejected", code: "blocked" },
      { status: "rejected", code: "blocked" },
    ]);
    expect(world.local.body(hexOf(1))).toBe("with a key");
    expect(world.remote.body(hexOf(0))).toBe("body 0");
  });

  test("unreadable and moving records are not written, whatever is decided", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "x", { unreadable: "cannot be decoded" });
    const plan = planOf(world, await compare(world.ports()), () => push);
    expect(plan.operations).toHaveLength(0);
    expect(plan.notWritten).toEqual({ unreadable: 1 });
  });
});

describe("rule 13: cancel", () => {
  test("at any time, and the same plan resumes", async () => {
    const world = new World({ maxBatchOperations: 50 });
    for (let i = 0; i < 9000; i++) world.local.put(hexOf(i), `body ${i}`);
    const plan = planOf(world, await compare(world.ports()), () => push);
    const cancelling = new AbortController();
    const report = await applyPlan(world.ports(), plan, {
      signal: cancelling.signal,
      onProgress: () => cancelling.abort(),
    });
    expect(report.complete).toBe(false);
    expect(report.counts.notRun).toBeGreaterThan(0);
    expect(report.counts.applied + report.counts.notRun).toBe(9000);
    world.local.put(hexOf(8999), "changed while it rested");
    const resumed = await applyPlan(world.ports(), plan, { resume: true });
    expect(resumed.counts).toMatchObject({ applied: 8999, conflict: 1 });
    expect(resumed.complete).toBe(true);
  });
});

describe("rule 13: a cancel in the middle of a write", () => {
  /** Sends the first ten; then the person cancels, and the rest of the call is not sent. */
  function cancelledAfterTen<Operation extends { readonly opId: string }, Options extends WriteOptions>(
    cancelling: AbortController,
    write: (operations: readonly Operation[], options: Options) => Promise<readonly WriteOutcome[]>,
  ) {
    return async (operations: readonly Operation[], options: Options): Promise<readonly WriteOutcome[]> => {
      const sent = await write(operations.slice(0, 10), options);
      cancelling.abort();
      if (options.signal?.aborted !== true) return [...sent, ...(await write(operations.slice(10), options))];
      const reason = "It was cancelled before it was sent.";
      const rest = operations.slice(10).map(({ opId }): WriteOutcome => {
        return { opId, status: "rejected", code: NOT_SENT, reason };
      });
      return [...sent, ...rest];
    };
  }

  test.each([
    ["push", push],
    ["pull", pull],
  ] as const)("%s: what was not sent is not run, and the same plan resumes", async (direction, decision) => {
    const world = new World();
    for (let i = 0; i < 300; i++) {
      if (direction === "push") world.local.put(hexOf(i), `body ${i}`);
      else world.remote.put(hexOf(i), `body ${i}`);
    }
    const plan = planOf(world, await compare(world.ports()), () => decision);
    const cancelling = new AbortController();
    const ports = world.ports();
    const { local, remote } = ports;
    const writeLocal = local.write.bind(local);
    const writeRemote = remote.write.bind(remote);
    local.write = cancelledAfterTen(cancelling, (operations: readonly LocalWrite[], options?: WriteOptions) =>
      writeLocal(operations, options),
    );
    remote.write = cancelledAfterTen(cancelling, writeRemote);
    const report = await applyPlan(ports, plan, { signal: cancelling.signal });
    expect(report.counts).toMatchObject({ applied: 10, notRun: 290, rejected: 0, unknown: 0 });
    expect(report.complete).toBe(false);
    const resumed = await applyPlan(world.ports(), plan, { resume: true });
    expect(resumed).toMatchObject({ complete: true, counts: { applied: 300 } });
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });
});

describe("a remote that answers many requests at a time", () => {
  const PARTS = 8;

  /** Holds calls until so many wait, or all that are left: fewer would wait for ever. */
  function together(all: number): () => Promise<void> {
    let left = all;
    let waiting: (() => void)[] = [];
    return () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length < Math.min(PARTS, left)) return;
        left -= waiting.length;
        const go = waiting;
        waiting = [];
        for (const one of go) one();
      });
  }

  test.each([
    ["push", push],
    ["pull", pull],
  ] as const)("%s: so many windows wait for it, and are recorded in order", async (direction, decision) => {
    const world = new World({ partsAtOnce: PARTS });
    for (let i = 0; i < 200; i++) {
      world[direction === "push" ? "local" : "remote"].put(hexOf(i), `body ${i}`);
    }
    const plan = planOf(world, await compare(world.ports()), () => decision);
    const ports = world.ports();
    const { base, remote } = ports;
    const turn = together(20);
    const [read, write, save] = [
      remote.read.bind(remote),
      remote.write.bind(remote),
      base.saveOutcomes.bind(base),
    ];
    remote.read = async function* (...args) {
      await turn();
      yield* read(...args);
    };
    remote.write = async (...args) => {
      await turn();
      return write(...args);
    };
    const recorded: string[] = [];
    base.saveOutcomes = (applyId, outcomes) => {
      recorded.push(...outcomes.map(({ opId }) => opId));
      return save(applyId, outcomes);
    };
    const report = await applyPlan(ports, plan, { windowSize: 10 });
    expect(report).toMatchObject({ complete: true, counts: { applied: 200 } });
    expect(recorded).toEqual(plan.operations.map(({ opId }) => opId));
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("is asked again about so many parts of a compare", async () => {
    const world = new World({ partsAtOnce: PARTS });
    for (let i = 0; i < 200; i++) world.local.put(hexOf(i), `body ${i}`);
    const ports = world.ports();
    const turn = together(20);
    const lookup = ports.remote.lookup.bind(ports.remote);
    ports.remote.lookup = async (...args) => {
      await turn();
      return lookup(...args);
    };
    expect((await compare(ports, { rereadSize: 10, batchSize: 10 })).counts.onlyHere).toBe(200);
  });
});

test("a read-only remote is refused before anything runs", async () => {
  const world = new World({ writable: false });
  world.local.put(hexOf(0), "mine");
  const plan = planOf(world, await compare(world.ports()), () => push);
  await expect(applyPlan(world.ports(), plan)).rejects.toMatchObject({ code: "remote-read-only" });
  expect(world.base.applies.size).toBe(0);
});

test("a page that is gone stops the apply; what is certain is kept", async () => {
  const world = await everyDrift();
  const plan = planOf(world, await compare(world.ports()));
  const report = await applyPlan(world.ports({ fault: at("local.write", "fail") }), plan, now);
  expect(report.stopped).toMatchObject({ side: "local" });
  const resumed = await applyPlan(world.ports(), plan, { resume: true });
  expect(resumed.complete).toBe(true);
  expect(resumed.counts.applied).toBe(plan.operations.length);
});

describe("giving up on unknown writes (decision 21)", () => {
  async function withLateWrite(): Promise<{ world: World; applyId: string }> {
    const world = await tenRecords();
    world.local.put(hexOf(0), "sent");
    world.local.put(hexOf(20), "sent, too");
    const plan = planOf(world, await compare(world.ports()));
    const gone = (point: string): Fault => (/remote\.(write|settle)/.test(point) ? "late" : "none");
    const report = await applyPlan(world.ports({ fault: gone }), plan, now);
    expect(report.counts.unknown).toBe(2);
    return { world, applyId: plan.applyId };
  }

  test("fences them: a request that was still under way never applies", async () => {
    const { world, applyId } = await withLateWrite();
    const outcomes = await giveUp(world.ports(), applyId);
    expect(outcomes).toMatchObject([
      { status: "rejected", code: "fenced" },
      { status: "rejected", code: "fenced" },
    ]);
    while (world.remote.late.length > 0) world.remote.deliverLate();
    expect(world.remote.body(hexOf(0))).toBe("body 0");
    expect(world.remote.body(hexOf(20))).toBeUndefined();
    expect(kindsOf(await compare(world.ports()))).toEqual({
      [hexOf(0)]: "changedHere",
      [hexOf(20)]: "addedHere",
    });
    const { report } = await settle(world);
    expect(report.counts.applied).toBe(2);
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("finds those that had applied, and makes them base", async () => {
    const { world, applyId } = await withLateWrite();
    while (world.remote.late.length > 0) world.remote.deliverLate();
    expect(await giveUp(world.ports(), applyId)).toMatchObject([
      { status: "applied" },
      { status: "applied" },
    ]);
    expect((await compare(world.ports())).drifts).toHaveLength(0);
  });

  test("is refused where there is no fence", async () => {
    const world = new World({ canFence: false });
    world.local.put(hexOf(0), "mine");
    const { plan } = await settle(world, () => push);
    await expect(giveUp(world.ports(), plan.applyId)).rejects.toMatchObject({ code: "cannot-fence" });
  });
});

describe("after a crash, what may have been sent is never called a conflict", () => {
  test("a push that had applied is base, though the page changed since", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "sent");
    const plan = planOf(world, await compare(world.ports()));
    await applyPlan(world.ports({ fault: at("remote.write", "crash-after") }), plan, now);
    world.local.put(hexOf(0), "typed after");
    const report = await applyPlan(world.ports(), plan, { resume: true });
    expect([...report.outcomes]).toMatchObject([{ status: "applied" }]);
    expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "changedHere" });
  });

  test("a push or a pull that somebody wrote over is superseded, and the base stays", async () => {
    const world = await tenRecords();
    world.local.put(hexOf(0), "sent");
    world.remote.put(hexOf(1), "pulled");
    const plan = planOf(world, await compare(world.ports()));
    await applyPlan(world.ports({ fault: at("base.write", "crash") }), plan, now);
    world.remote.put(hexOf(0), "over it");
    world.local.put(hexOf(1), "over it");
    const report = await applyPlan(world.ports(), plan, { resume: true });
    expect(report.outcomes.map(({ status }) => status)).toEqual(["superseded", "superseded"]);
    expect(world.base.rows.get(hexOf(0))?.digest).toEqual(digestOf("body 0"));
    expect(world.base.rows.get(hexOf(1))?.digest).toEqual(digestOf("body 1"));
  });
});

test("a renewal looks at both sides once more", async () => {
  const world = await tenRecords();
  world.putBoth(0, "converged");
  world.putBoth(1, "converged");
  const plan = planOf(world, await compare(world.ports()));
  world.local.put(hexOf(0), "moved on");
  const report = await applyPlan(world.ports(), plan);
  expect(report.outcomes.map(({ status }) => status)).toEqual(["conflict", "applied"]);
  expect(kindsOf(await compare(world.ports()))).toEqual({ [hexOf(0)]: "conflict" });
});
