import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeKey } from "../../core/key/decode-key.ts";
import { applyPlan } from "../../core/session/apply-plan.ts";
import { buildPlan } from "../../core/session/build-plan.ts";
import { compare } from "../../core/session/compare.ts";
import type { Decision } from "../../core/session/drift.ts";
import { giveUp } from "../../core/session/give-up.ts";
import type { ApplyReport, OperationOutcome, Plan } from "../../core/session/plan.ts";
import { planUndo } from "../../core/session/plan-undo.ts";
import type { SessionPorts } from "../../core/session/session-ports.ts";
import { size } from "../support/models/runs.ts";
import { RealBed, type RealWorld, type Texts } from "../support/real/real-world.ts";
import { watchedRemote } from "../support/real/watched-remote.ts";

const KEYS = 12;
const NAMES = { local: "items", remote: "items" };

interface Write {
  readonly side: "local" | "remote";
  readonly key: number;
  readonly how: "put" | "delete";
}

interface Step {
  readonly writes: readonly Write[];
  /** What is decided about the drifts, in turn. */
  readonly choices: readonly ("push" | "pull")[];
  /** The call to the remote during which the bridge is killed; undefined = it lives. */
  readonly killAt: number | undefined;
  /** What others write while the apply runs, by the call of the remote at which they begin. */
  readonly meanwhile: readonly (readonly [number, Write])[];
  /** The apply is taken back afterwards. */
  readonly undo: boolean;
}

const write: fc.Arbitrary<Write> = fc.record({
  side: fc.constantFrom("local", "remote"),
  key: fc.nat(KEYS - 1),
  how: fc.constantFrom("put", "put", "put", "delete"),
});

const step: fc.Arbitrary<Step> = fc.record({
  writes: fc.array(write, { minLength: 1, maxLength: 12 }),
  choices: fc.array(fc.constantFrom("push", "pull"), { minLength: 1, maxLength: 4 }),
  killAt: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  meanwhile: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), write), { maxLength: 3 }),
  undo: fc.boolean(),
});

let bed: RealBed;
beforeAll(async () => {
  bed = await RealBed.open();
});
afterAll(() => bed.close());

/** The stores as every finished operation must have left them. */
class Ledger {
  readonly local = new Map<number, string>();
  readonly remote = new Map<number, string>();
  #texts = 0;

  /** Notes what a writer writes; answers the text, undefined = deleted. */
  note({ side, key, how }: Write): string | undefined {
    const text = how === "put" ? `${side} ${++this.#texts}` : undefined;
    this.set(side, key, text);
    return text;
  }

  set(side: "local" | "remote", key: number, text: string | undefined): void {
    if (text === undefined) this[side].delete(key);
    else this[side].set(key, text);
  }
}

/** Runs one step after the other in a new world, and checks after each that nothing was lost or doubled. */
class Run {
  readonly #world: RealWorld;
  readonly #ledger = new Ledger();

  constructor(world: RealWorld) {
    this.#world = world;
  }

  async toEnd(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      for (const write of one.writes) await this.#write(write);
      const plan = await this.#plan((i) => ({ do: one.choices[i % one.choices.length] ?? "push" }));
      await this.#apply(plan, one);
      if (one.undo) await this.#undo(plan.applyId);
    }
    await this.#converge();
  }

  async #write(write: Write): Promise<void> {
    const text = this.#ledger.note(write);
    if (write.side === "local") await this.#world.writeLocal(new Map([[write.key, text]]));
    else await this.#world.writeRemote(write.key, text);
  }

  async #plan(decisionOf: (index: number) => Decision): Promise<Plan> {
    const { drifts, complete, emptied } = await compare(await this.#world.openPanel());
    expect(complete).toBe(true);
    const decided = drifts.map((drift, i) => ({ drift, decision: decisionOf(i) }));
    return buildPlan({ drifts: decided, names: NAMES, newOpId: () => crypto.randomUUID(), now: 1, emptied });
  }

  async #apply(plan: Plan, { killAt, meanwhile }: Pick<Step, "killAt" | "meanwhile">): Promise<void> {
    const before = { local: new Map(this.#ledger.local), remote: new Map(this.#ledger.remote) };
    const versions = await this.#world.remoteVersions(KEYS);
    const others: { write: Write; done: Promise<void> }[] = [];
    let killing: Promise<void> | undefined;
    const ports = await this.#world.openPanel();
    const remote = watchedRemote(ports.remote, (call) => {
      if (call === killAt) killing ??= bed.killBridge();
      // Other clients of a bridge that is gone get no answer that could be noted.
      for (const [at, write] of meanwhile) {
        if (at === call && (write.side === "local" || killAt === undefined)) {
          others.push({ write, done: this.#write(write) });
        }
      }
    });
    const first = await this.#runPlan({ ...ports, remote }, plan, false);
    await killing;
    await Promise.all(others.map(({ done }) => done));
    if (killing) await bed.restartBridge();
    const report = first.complete ? first : await this.#resume(plan);
    await this.#check(
      plan,
      report,
      before,
      others.map(({ write }) => write),
      versions,
    );
  }

  /**
   * As another panel would, until nothing is left. What cannot be repeated, since the page changed the record that
   * was to be sent, ends when the person gives up: a fence.
   */
  async #resume(plan: Plan): Promise<ApplyReport> {
    const incomplete: unknown[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const report = await this.#runPlan(await this.#world.openPanel(), plan, true);
      if (report.complete) return report;
      const { counts, stopped } = report;
      const open = report.outcomes.filter(({ status }) => status === "unknown" || status === "notRun");
      incomplete.push({ counts, stopped, open });
      if (attempt > 0) await giveUp(await this.#world.openPanel(), plan.applyId);
    }
    throw new Error(`the apply does not come to an end: ${JSON.stringify(incomplete)}`);
  }

  #runPlan(ports: SessionPorts, plan: Plan, resume: boolean): Promise<ApplyReport> {
    return applyPlan(ports, plan, { confirmed: ["items"], windowSize: 3, resume });
  }

  async #undo(applyId: string): Promise<void> {
    const ports = await this.#world.openPanel();
    const plan = await planUndo(ports, applyId, () => crypto.randomUUID(), 1);
    if (plan.operations.length === 0) return;
    await this.#apply(plan, { killAt: undefined, meanwhile: [] });
  }

  /**
   * Every operation that says "applied" is what is there now, or somebody wrote after it; every other changed
   * nothing; and the remote counts as many writes as there were.
   */
  async #check(
    plan: Plan,
    report: ApplyReport,
    before: Readonly<Record<"local" | "remote", Texts>>,
    others: readonly Write[],
    versions: readonly number[],
  ): Promise<void> {
    const [local, remote] = [await this.#world.localTexts(), await this.#world.remoteTexts(KEYS)];
    const now = { local, remote };
    const outcomes = new Map<string, OperationOutcome>(report.outcomes.map((one) => [one.opId, one]));
    const writes = versions.map(() => 0);
    for (const { opId, key, side, action, source } of plan.operations) {
      const outcome = outcomes.get(opId);
      const isFenced = outcome?.status === "rejected" && outcome.code === "fenced";
      if (side === "base" || !(isFenced || outcome?.status === "applied")) continue;
      const at = decodeKey(key) as number;
      // A fence moves the version on and leaves the record as it is.
      if (side === "remote") writes[at] = (writes[at] ?? 0) + 1;
      if (isFenced) continue;
      const from = side === "local" ? "remote" : "local";
      const expected =
        action === "delete" ? undefined : source === "inline" ? now[side].get(at) : before[from].get(at);
      const meanwhile = others.filter((write) => write.side === side && write.key === at);
      if (meanwhile.length > 0) {
        // Deleting what is not there changes nothing, so what was planned holds after it as well as before it.
        const changedNothing = !before[side].has(at) && meanwhile.every(({ how }) => how === "delete");
        if (changedNothing && now[side].get(at) === expected) this.#ledger.set(side, at, expected);
        continue;
      }
      if (source === "inline") expect(expected).toBeDefined();
      this.#ledger.set(side, at, expected);
    }
    expect({ local: sorted(now.local), remote: sorted(now.remote) }).toEqual({
      local: sorted(this.#ledger.local),
      remote: sorted(this.#ledger.remote),
    });
    if (others.some(({ side }) => side === "remote")) return;
    const counted = await this.#world.remoteVersions(KEYS);
    expect(counted).toEqual(versions.map((version, at) => version + (writes[at] ?? 0)));
  }

  /** Pushing everything makes both sides equal, and a second compare finds nothing. */
  async #converge(): Promise<void> {
    const plan = await this.#plan(() => ({ do: "push" }));
    await this.#apply(plan, { killAt: undefined, meanwhile: [] });
    const again = await compare(await this.#world.openPanel());
    expect(again.drifts.map(({ kind }) => kind)).toEqual([]);
    expect(sorted(await this.#world.remoteTexts(KEYS))).toEqual(sorted(await this.#world.localTexts()));
  }
}

const sorted = (texts: Texts): [number, string][] => [...texts].sort(([a], [b]) => a - b);

test("a real page and a real bridge that is killed: zero lost, zero doubled", async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
    await new Run(await bed.newWorld()).toEnd(steps);
  });
  // The same runs for every change; new ones in the long run.
  const seed = size(20_26, Date.now());
  await fc.assert(property, { seed, numRuns: size(20, 200), endOnFailure: true });
}, 3_600_000);
