import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import type { Comparison, Drift } from "../../../core/session/drift.ts";
import type { Plan } from "../../../core/session/plan.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import type { BaseEntry } from "../../../core/session/ports.ts";
import { SessionError } from "../../../core/session/session-error.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { CrashError, type Fault } from "../../support/models/environment.ts";
import { runs } from "../../support/models/runs.ts";
import { planOf } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const KEYS = 8;

type Side = "local" | "remote";
interface Write {
  readonly side: Side;
  readonly key: number;
  readonly body: string | undefined;
}

const write: fc.Arbitrary<Write> = fc.record({
  side: fc.constantFrom<Side>("local", "remote"),
  key: fc.nat(KEYS - 1),
  body: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
});

type Step =
  | { readonly do: "write"; readonly write: Write }
  /** Writers whose commits wait: they land later, in another order than they began. */
  | { readonly do: "begin"; readonly write: Write }
  | { readonly do: "commit"; readonly which: number }
  | {
      readonly do: "compare";
      readonly writes: readonly (readonly [number, Write])[];
      readonly faults: readonly (readonly [number, Fault])[];
    }
  | { readonly do: "apply" }
  | { readonly do: "undo" };

const calls = fc.integer({ min: 1, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), write }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("begin" as const), write }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("commit" as const), which: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("compare" as const),
      writes: fc.array(fc.tuple(calls, write), { maxLength: 3 }),
      faults: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.tuple(calls, fc.constantFrom<Fault>("fail", "crash", "crash-after", "lost-answer")),
            { minLength: 1, maxLength: 2 },
          ),
        },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("apply" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("undo" as const) }) },
);

/** What one kind of comparison says of a key: all that the person sees, and what a plan would rest on. */
function said({ key, kind, noBase, here, there, local, remote, proposal }: Drift): unknown {
  return [toHex(key), kind, noBase, here, there, local, remote, proposal];
}

function summary(comparison: Comparison): unknown {
  const { counts, drifts, localRows, remoteRows, baseRows, emptied } = comparison;
  return { counts, drifts: drifts.map(said), localRows, remoteRows, baseRows, emptied };
}

/** A world in which the page's writes are recorded as they are committed, and a session that dies and returns. */
class Bench {
  readonly world = new World();
  #waiting: Write[] = [];
  /** Keys that the page wrote since the comparison at hand began. */
  #recorded: Uint8Array[] = [];
  readonly #applied = new Map<string, boolean>();
  #earlier: Comparison | undefined;
  /** Rechecks that were held against a comparison of all records. */
  proven = 0;

  async run(steps: readonly Step[]): Promise<void> {
    for (let key = 0; key < KEYS; key += 2) this.world.putBoth(key, "a");
    for (const each of steps) {
      await this.#do(each);
      this.#checkCheckpoint();
    }
    await this.#compare({ do: "compare", writes: [], faults: [] });
  }

  async #do(each: Step): Promise<void> {
    if (each.do === "write") this.#write(each.write);
    else if (each.do === "begin") this.#waiting.push(each.write);
    else if (each.do === "commit") this.#commit(each.which);
    else if (each.do === "compare") await this.#compare(each);
    else if (each.do === "apply") await this.#apply();
    else await this.#undo();
  }

  #write({ side, key, body }: Write): void {
    const hex = hexOf(key);
    if (side === "local") this.#recorded.push(keyOf(key));
    if (body !== undefined) this.world[side].put(hex, body);
    else if (this.world[side].body(hex) !== undefined) this.world[side].delete(hex);
  }

  #commit(which: number): void {
    const [next] = this.#waiting.splice(which % Math.max(1, this.#waiting.length), 1);
    if (next) this.#write(next);
  }

  async #compare({ writes, faults }: Extract<Step, { do: "compare" }>): Promise<void> {
    const recorded = this.#recorded;
    this.#recorded = [];
    const applied = new Map(this.#applied);
    let call = 0;
    const { ports } = this.world.open({
      fault: () => new Map(faults).get(call) ?? "none",
      interfere: () => {
        call++;
        for (const [at, each] of writes) if (at === call) this.#write(each);
      },
    });
    try {
      const local = { keys: recorded, applied, unseen: [] };
      this.#earlier = await compareAgain(ports, { earlier: this.#earlier, local, clock: () => 1 });
      this.#applied.clear();
    } catch (error) {
      if (!(error instanceof SessionError || error instanceof CrashError)) throw error;
      this.#recorded = [...recorded, ...this.#recorded];
      // What a session knows dies with it; its base, and the checkpoint there, live on.
      if (error instanceof CrashError) this.#earlier = undefined;
      return;
    }
    if (writes.length === 0 && faults.length === 0) await this.#prove();
  }

  /** With complete hints the changed keys alone tell what a comparison of all records tells. */
  async #prove(): Promise<void> {
    const rechecked = this.#earlier;
    if (rechecked?.extent !== "rechecked") return;
    this.proven++;
    const full = await compare(this.world.ports(), { clock: () => 1 });
    expect(summary(rechecked)).toEqual(summary(full));
  }

  async #apply(): Promise<void> {
    if (!this.#earlier?.complete) return;
    const plan = planOf(this.world, this.#earlier);
    this.#touch(plan);
    await applyPlan(this.world.ports(), plan, { confirmed: ["items"], clock: () => 1 });
  }

  async #undo(): Promise<void> {
    const applyId = [...this.world.base.applies.keys()].at(-1);
    if (applyId === undefined) return;
    try {
      const plan = await planUndo(this.world.ports(), applyId, this.world.newOpId, 1);
      this.#touch(plan);
      await applyPlan(this.world.ports(), plan, { confirmed: ["items"], clock: () => 1 });
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }

  /** Own writes are left out of the record; the session knows its own. */
  #touch({ operations }: Plan): void {
    for (const { key } of operations) {
      const hex = toHex(key);
      if (!this.#applied.has(hex)) this.#applied.set(hex, this.world.base.rows.get(hex)?.state === "present");
    }
  }

  /** Rule 4: whatever the base does not hold of the remote comes after the base's checkpoint. */
  #checkCheckpoint(): void {
    const checkpoint = this.world.base.remoteCheckpoint;
    if (checkpoint === undefined) return;
    const later = new Set(this.world.remote.changedSince(checkpoint));
    for (const key of this.world.remote.rows.keys()) {
      const entry: BaseEntry | undefined = this.world.base.rows.get(key);
      const isHeld = entry?.token === this.world.remote.rows.get(key)?.token;
      if (!isHeld && !later.has(key)) throw new Error(`Rule 4: the checkpoint hides the change of ${key}.`);
    }
  }
}

test("changed keys tell what all records tell, and no checkpoint hides a change (rules 4 and 9)", async () => {
  let proven = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      const bench = new Bench();
      await bench.run(steps);
      proven += bench.proven;
    }),
    { numRuns: runs(250) },
  );
  expect(proven).toBeGreaterThan(100);
});
