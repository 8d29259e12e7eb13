import { afterEach, expect, test } from "vitest";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import type { ConnectionInfo } from "../../../extension/panel/worker/api.ts";
import type { KeepSettings } from "../../../extension/panel/worker/keep/keep-state.ts";
import { KeptMapping } from "../../../extension/panel/worker/keep/kept-mapping.ts";
import { MappingSession } from "../../../extension/panel/worker/sync/mapping-session.ts";
import { PlanRegister } from "../../../extension/panel/worker/sync/plan-register.ts";
import { RunSlot } from "../../../extension/panel/worker/sync/run-slot.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { memoryDatabases } from "../../support/local-database.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { World } from "../../support/models/world.ts";

const SETTINGS: KeepSettings = { intervalSeconds: 0.01, limitPercent: 20, watchWrites: false, unasked: true };

/** On a busy machine. */
const SOON = { timeout: 60_000 };

interface BedOptions {
  readonly settings?: Partial<KeepSettings>;
  readonly level?: ConnectionInfo["level"];
}

/** A session of the panel over stores in memory, with what a person and the backend do. */
class Bed {
  readonly world = new World();
  readonly locks = inProcessLocks();
  readonly slot = new RunSlot();
  readonly plans = new PlanRegister();
  readonly session: MappingSession;
  settings: KeepSettings | undefined;
  isAway = false;
  isHeld = false;
  rounds = 0;
  turns = 0;
  readonly #level: ConnectionInfo["level"];
  readonly #ends: (() => void)[] = [];

  constructor({ settings, level = "confirm" }: BedOptions = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.#level = level;
    const { plans, locks } = this;
    const ports = this.world.ports({
      fault: (point) => (this.isAway && point.startsWith("remote.") ? "fail" : "none"),
    });
    const database = memoryDatabases().reopen();
    const base = DexieBaseStore.open(database, ports.base.identity, { locks, mappingName: "items" });
    this.session = new MappingSession({
      record: () => ({
        id: "m1",
        bridgeId: "b",
        connection: "local",
        backend: "model",
        collection: "items",
        incarnation: "one",
        store: ports.local.identity,
      }),
      openPorts: async () => ({ ...ports, base: await base }),
      openPortsAway: async () => ({ ...ports, base: await base }),
      openBase: () => base,
      queuedKeys: async () => new Set(),
      isQueued: () => false,
      customPolicy: () => async () => [],
      written: async () => ({ local: { unknown: "notWatched" } }),
      plans,
      undoDays: () => undefined,
      clock: Date.now,
      onCompareProgress: () => undefined,
      onProposeProgress: () => undefined,
      onApplyProgress: () => undefined,
    });
  }

  keep(): KeptMapping {
    const kept = new KeptMapping({
      id: "m1",
      locks: this.locks,
      settings: async () => {
        this.turns++;
        return this.settings;
      },
      session: async () => this.session,
      plans: this.plans,
      run: (work) => this.slot.byItself(work),
      level: async () => this.#level,
      behind: async () => ({ added: 1, changed: 0, removed: 0 }),
      isHeld: () => this.isHeld,
      clock: Date.now,
      onState: () => undefined,
      onRound: () => this.rounds++,
    });
    const done = kept.keep();
    this.#ends.push(() => kept.end());
    this.ended.push(done);
    return kept;
  }

  readonly ended: Promise<void>[] = [];

  async end(): Promise<void> {
    for (const end of this.#ends) end();
    await Promise.all(this.ended);
  }

  /** So many rounds after now. */
  async roundsLater(count: number): Promise<void> {
    const until = this.rounds + count;
    await expect.poll(() => this.rounds, SOON).toBeGreaterThanOrEqual(until);
  }
}

const beds: Bed[] = [];

function newBed(options?: BedOptions): Bed {
  const bed = new Bed(options);
  beds.push(bed);
  return bed;
}

afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.end();
});

const is = (kept: KeptMapping) => () => kept.state.condition.is;

test("writes both ways what one side did, and leaves a conflict to the person", async () => {
  const bed = newBed();
  const { local, remote } = bed.world;
  bed.world.putBoth(1, "one");
  local.put(hexOf(2), "here");
  remote.put(hexOf(3), "there");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  expect(bed.world.bodies("remote")).toEqual(bed.world.bodies("local"));
  expect(kept.state.wrote).toMatchObject({ pushed: 1, pulled: 1 });
  local.put(hexOf(1), "mine");
  remote.put(hexOf(1), "theirs");
  await expect.poll(is(kept), SOON).toBe("waiting");
  expect(kept.state.condition).toMatchObject({ left: 1, kinds: { conflict: 1 } });
  local.delete(hexOf(2));
  await expect.poll(() => remote.body(hexOf(2)), SOON).toBeUndefined();
  expect([local.body(hexOf(1)), remote.body(hexOf(1))]).toEqual(["mine", "theirs"]);
});

test("a backend that is away is told since when and with what is behind; then it is caught up", async () => {
  const bed = newBed();
  bed.world.putBoth(1, "one");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  bed.isAway = true;
  await expect.poll(() => kept.state.condition, SOON).toMatchObject({ is: "offline", behind: { added: 1 } });
  const { condition } = kept.state;
  bed.world.local.put(hexOf(2), "while away");
  kept.wake();
  await expect.poll(is(kept), SOON).toBe("offline");
  if (condition.is !== "offline") throw new Error("it was offline before");
  expect(kept.state.condition).toMatchObject({ since: condition.since, side: "remote" });
  bed.isAway = false;
  kept.wake();
  await expect.poll(is(kept), SOON).toBe("inSync");
  expect(bed.world.remote.body(hexOf(2))).toBe("while away");
});

test("a round beyond the limit pauses; the very plan that was looked at is applied, and no other", async () => {
  const bed = newBed({ settings: { limitPercent: 10 } });
  const { local, remote } = bed.world;
  for (let key = 0; key < 100; key++) bed.world.putBoth(key, "one");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  await bed.slot.byPerson(async () => {
    for (let key = 0; key < 15; key++) local.delete(hexOf(key));
  });
  await expect.poll(is(kept), SOON).toBe("paused");
  const { condition } = kept.state;
  if (condition.is !== "paused" || condition.because.is !== "limit") throw new Error("it is not the limit");
  expect(condition.because.over).toEqual({ side: "remote", count: 15, of: 100 });
  // Another one goes after the person has looked: again beyond the limit with the others gone.
  for (let key = 20; key < 35; key++) local.delete(hexOf(key));
  kept.goOn(condition.because.applyId);
  await expect.poll(() => remote.body(hexOf(14)), SOON).toBeUndefined();
  await expect.poll(is(kept), SOON).toBe("paused");
  expect(remote.body(hexOf(20))).toBe("one");
});

test("while a person has something open no round begins; the round under way gives way", async () => {
  const bed = newBed();
  bed.world.putBoth(1, "one");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  bed.isHeld = true;
  await bed.slot.giveWay();
  bed.world.local.put(hexOf(1), "later");
  const { rounds } = bed;
  // It turns round whenever it is woken, and finds each time that it has to wait.
  for (let turn = 0; turn < 3; turn++) {
    const { turns } = bed;
    kept.wake();
    await expect.poll(() => bed.turns, SOON).toBeGreaterThan(turns);
  }
  expect(bed.rounds).toBe(rounds);
  expect(bed.world.remote.body(hexOf(1))).toBe("one");
  bed.isHeld = false;
  kept.wake();
  await expect.poll(() => bed.world.remote.body(hexOf(1)), SOON).toBe("later");
});

test("what a person decided is never written by a round", async () => {
  const bed = newBed();
  bed.world.putBoth(1, "one");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  await bed.slot.byPerson(async () => {
    bed.world.local.put(hexOf(1), "mine");
    await bed.session.compare({ resume: false, all: true }, new AbortController().signal);
    bed.session.requireComparison().decide([0], { do: "leave" });
  });
  await bed.roundsLater(3);
  expect(bed.world.remote.body(hexOf(1))).toBe("one");
  expect(bed.session.requireComparison().row(0)).toMatchObject({ decision: { do: "leave" } });
});

test("what a side refused is not tried again as it is; once it has changed, it is", async () => {
  const bed = newBed();
  bed.world.putBoth(1, "one");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("inSync");
  await bed.slot.byPerson(async () => {
    bed.world.local.put(hexOf(1), "refused");
    await bed.session.compare({ resume: false, all: true }, new AbortController().signal);
    bed.session.requireComparison().refuse([keyOf(1)]);
  });
  await bed.roundsLater(3);
  expect(kept.state.condition).toMatchObject({ is: "waiting", left: 1 });
  expect(bed.world.remote.body(hexOf(1))).toBe("one");
  bed.world.local.put(hexOf(1), "another");
  await expect.poll(() => bed.world.remote.body(hexOf(1)), SOON).toBe("another");
});

test("a connection that wants every apply confirmed is not written unless somebody agreed", async () => {
  const bed = newBed({ settings: { unasked: false } });
  bed.world.local.put(hexOf(1), "here");
  const kept = bed.keep();
  await expect
    .poll(() => kept.state.condition, SOON)
    .toMatchObject({ because: { is: "wants-confirmation" } });
  expect(bed.world.bodies("remote")).toEqual({});
  bed.settings = { ...SETTINGS, unasked: true };
  kept.goOn();
  await expect.poll(is(kept), SOON).toBe("inSync");
});

test("where the remote may only be read, it is pulled from and nothing else", async () => {
  const bed = newBed({ level: "read-only" });
  bed.world.local.put(hexOf(1), "here");
  bed.world.remote.put(hexOf(2), "there");
  const kept = bed.keep();
  await expect.poll(is(kept), SOON).toBe("waiting");
  expect(bed.world.local.body(hexOf(2))).toBe("there");
  expect(bed.world.remote.body(hexOf(1))).toBeUndefined();
});

test("one panel does it at a time, and the next one goes on; it ends when it is turned off", async () => {
  const bed = newBed();
  bed.world.putBoth(1, "one");
  const first = bed.keep();
  await expect.poll(is(first), SOON).toBe("inSync");
  const second = bed.keep();
  await expect.poll(is(second), SOON).toBe("elsewhere");
  first.end();
  await expect.poll(is(second), SOON).toBe("inSync");
  bed.settings = undefined;
  second.wake();
  await Promise.all(bed.ended);
});
