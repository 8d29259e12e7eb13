import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import type { Comparison } from "../../../core/session/drift.ts";
import {
  recallComparison,
  type StoppedCompare,
  whatContradicts,
} from "../../../core/session/stopped-compare.ts";
import { CompareKeeper } from "../../../extension/panel/worker/sync/compare-keeper.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { runs } from "../../support/models/runs.ts";
import { planOf, push } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const FIRST = { unknown: "first" } as const;

/** What is kept, as it is after each save. */
class Memory {
  readonly saved: (StoppedCompare | undefined)[] = [];

  async setStoppedCompare(stopped: StoppedCompare | undefined): Promise<void> {
    this.saved.push(stopped === undefined ? undefined : structuredClone(stopped));
  }

  get last(): StoppedCompare | undefined {
    return this.saved.at(-1);
  }
}

/** Compares until so many parts are done. */
async function stopAfter(parts: number, world: World, memory: Memory, clock = () => 0): Promise<Comparison> {
  const keeper = new CompareKeeper(memory, clock, undefined);
  const stopping = new AbortController();
  let done = 0;
  const found = await compareAgain(world.ports(), {
    local: FIRST,
    batchSize: 2,
    rereadSize: 1,
    signal: stopping.signal,
    onPart: async (part) => {
      await keeper.onPart(part);
      if (++done >= parts) stopping.abort();
    },
  });
  await keeper.end(found.complete);
  return found;
}

async function goOn(world: World, stopped: StoppedCompare): Promise<Comparison> {
  const resumeFrom = await recallComparison(world.ports(), stopped);
  return compareAgain(world.ports(), { local: FIRST, resumeFrom });
}

const verdict = ({ counts, drifts, localRows, remoteRows, emptied }: Comparison): unknown => ({
  counts,
  localRows,
  remoteRows,
  emptied,
  drifts: drifts.map(({ key, kind, proposal }) => [toHex(key), kind, proposal.do]),
});

/** A base of ten records, of which every second one was changed here since. */
async function world(): Promise<World> {
  const made = new World();
  for (let key = 0; key < 10; key++) made.putBoth(key, `body ${key}`);
  await compare(made.ports());
  for (let key = 0; key < 10; key += 2) made.local.put(hexOf(key), "changed here");
  return made;
}

async function stopped(made: World): Promise<StoppedCompare> {
  const memory = new Memory();
  await stopAfter(2, made, memory);
  if (memory.last === undefined) throw new Error("nothing was kept");
  return memory.last;
}

describe("a comparison that another session goes on with", () => {
  const body = fc.option(fc.constantFrom("a", "b"), { nil: undefined });
  const records = fc.array(fc.record({ before: body, local: body, remote: body, later: body }), {
    minLength: 1,
    maxLength: 12,
  });

  test("says what one of all records says, whatever the remote became meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.boolean(),
        fc.integer({ min: 1, max: 6 }),
        async (list, hadBase, parts) => {
          const made = new World();
          const put = (side: "local" | "remote", key: number, now: string | undefined): void => {
            if (now === made[side].body(hexOf(key))) return;
            if (now === undefined) made[side].delete(hexOf(key));
            else made[side].put(hexOf(key), now);
          };
          list.forEach(({ before }, key) => {
            put("local", key, before);
            put("remote", key, before);
          });
          if (hadBase) await compare(made.ports());
          list.forEach(({ local, remote }, key) => {
            put("local", key, local);
            put("remote", key, remote);
          });
          const memory = new Memory();
          await stopAfter(parts, made, memory);
          if (memory.last === undefined) return;
          list.forEach(({ later }, key) => {
            put("remote", key, later);
          });
          expect(await whatContradicts(made.ports(), memory.last)).toBeUndefined();
          const gone = await goOn(made, memory.last);
          expect(gone.complete).toBe(true);
          expect(gone.earlierPart?.upTo).toEqual(memory.last.upTo);
          const anew = await compare(made.ports());
          const { counts } = anew;
          // With a base, one of all records says the same now; the first one had none, and says so of what differs.
          if (hadBase) expect(verdict(gone)).toEqual(verdict(anew));
          else expect([gone.counts.equal, gone.localRows]).toEqual([counts.equal, anew.localRows]);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("looks at no other key of the first part again, and says when it was read", async () => {
    const made = await world();
    const memory = new Memory();
    await stopAfter(2, made, memory, () => 77);
    const { last } = memory;
    if (last === undefined) throw new Error("nothing was kept");
    // Nobody can know of this write: it is before the key where the first comparison stopped.
    made.local.put(hexOf(1), "unseen");
    const found = await goOn(made, last);
    expect(found.drifts.map(({ key }) => toHex(key))).not.toContain(hexOf(1));
    expect(found.earlierPart).toEqual({ upTo: last.upTo, from: last.startedAt, to: 77 });
  });
});

describe("it is not gone on with", () => {
  test("when the page's store was made anew", async () => {
    const made = await world();
    const kept = await stopped(made);
    made.local.described = { ...made.local.described, databaseVersion: 9 };
    expect(await whatContradicts(made.ports(), kept)).toEqual({ because: "storeMadeAnew" });
  });

  test("when something was applied since", async () => {
    const made = await world();
    const kept = await stopped(made);
    const found = await compare(made.ports());
    await applyPlan(
      made.ports(),
      planOf(made, found, () => push),
      { confirmed: ["items"], clock: () => Date.now() },
    );
    expect(await whatContradicts(made.ports(), kept)).toEqual({ because: "writtenSince" });
  });

  test("when the remote was put back", async () => {
    const made = await world();
    const backup = made.remote.backup();
    made.remote.put(hexOf(9), "later");
    const kept = await stopped(made);
    made.remote.putBack(backup);
    // Somebody wrote again, past the number of the checkpoint.
    for (const key of [7, 8, 9]) made.remote.put(hexOf(key), "again");
    expect(await whatContradicts(made.ports(), kept)).toMatchObject({ because: "remoteGoneBack" });
  });

  test("when it found more differences than are kept", async () => {
    const memory = new Memory();
    const keeper = new CompareKeeper(memory, () => 0, undefined);
    const differing = Array.from({ length: 20_001 }, (_, key) => keyOf(key));
    const store = { databaseVersion: 1, keyPath: "id", autoIncrement: false };
    await keeper.onPart({ upTo: keyOf(20_000), equal: 0, baseRows: 0, startedAt: 0, store, differing });
    await keeper.end(false);
    const kept = memory.last;
    if (kept === undefined) throw new Error("nothing was kept");
    expect(await whatContradicts(new World().ports(), kept)).toEqual({ because: "tooManyDifferences" });
  });
});

describe("what is kept", () => {
  test("is there while it runs, every two seconds, and gone when it is complete", async () => {
    const made = await world();
    const memory = new Memory();
    let time = 0;
    // A second a part: the first is kept at once, since a panel that is closed tells nobody.
    const found = await stopAfter(99, made, memory, () => (time += 1000));
    expect(found.complete).toBe(true);
    expect(memory.saved.length).toBeGreaterThan(2);
    expect(memory.saved.map((kept) => kept?.stoppedAt).slice(0, 2)).toEqual([1000, 3000]);
    expect(memory.last).toBeUndefined();
  });

  test("of a comparison that went on holds what was found before, too", async () => {
    const made = await world();
    const kept = await stopped(made);
    const resumeFrom = await recallComparison(made.ports(), kept);
    const memory = new Memory();
    const keeper = new CompareKeeper(memory, () => 0, resumeFrom);
    await compareAgain(made.ports(), { local: FIRST, resumeFrom, onPart: keeper.onPart });
    await keeper.end(false);
    expect(memory.last?.differing?.map(toHex)).toEqual([0, 2, 4, 6, 8].map(hexOf));
  });
});
