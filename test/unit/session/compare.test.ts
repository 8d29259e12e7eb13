import { describe, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison } from "../../../core/session/drift.ts";
import type { RemoteCapabilities } from "../../../core/session/ports.ts";
import { SessionError } from "../../../core/session/session-error.ts";
import { digestOf, hexOf, keyOf } from "../../support/models/bodies.ts";
import type { Fault } from "../../support/models/environment.ts";
import { World } from "../../support/models/world.ts";

function kinds(comparison: Comparison): Record<string, string> {
  return Object.fromEntries(comparison.drifts.map(({ key, kind }) => [toHex(key), kind]));
}

/** A world of `count` records that are equal on both sides and in the base. */
async function settledWorld(count: number, capabilities: Partial<RemoteCapabilities> = {}): Promise<World> {
  const world = new World(capabilities);
  for (let i = 0; i < count; i++) world.putBoth(i, `body ${i}`);
  await compare(world.ports());
  return world;
}

describe("the first compare", () => {
  test("calls equal what is equal, guesses nothing, and makes the base", async () => {
    const world = new World();
    world.putBoth(1, "same");
    world.local.put(hexOf(2), "mine");
    world.remote.put(hexOf(3), "theirs");
    world.local.put(hexOf(4), "mine");
    world.remote.put(hexOf(4), "theirs");
    world.local.put(hexOf(5), "mine");
    world.remote.delete(hexOf(5));
    world.remote.delete(hexOf(6));
    const first = await compare(world.ports(), { clock: () => 77 });
    expect(kinds(first)).toEqual({
      [hexOf(2)]: "onlyHere",
      [hexOf(3)]: "onlyThere",
      [hexOf(4)]: "different",
      [hexOf(5)]: "removedThere",
    });
    expect(first.counts).toMatchObject({
      equal: 1,
      onlyHere: 1,
      onlyThere: 1,
      different: 1,
      removedThere: 1,
    });
    expect(first).toMatchObject({ complete: true, localRows: 4, remoteRows: 3, startedAt: 77 });
    expect(first.drifts.every(({ noBase }) => noBase)).toBe(true);
    expect(world.base.completeAt).toBe(77);
    expect(world.base.rows.get(hexOf(1))).toMatchObject({ state: "present" });
    for (const key of [2, 3, 4, 5])
      expect(world.base.rows.get(hexOf(key))).toMatchObject({ state: "noBase" });
    expect(world.base.rows.get(hexOf(6))).toMatchObject({ state: "deleted" });
    expect(kinds(await compare(world.ports()))).toEqual(kinds(first));
  });
});

describe("a compare with a base", () => {
  test("tells who changed what", async () => {
    const world = await settledWorld(10);
    world.local.put(hexOf(0), "new here");
    world.remote.put(hexOf(1), "new there");
    world.local.put(hexOf(2), "x");
    world.remote.put(hexOf(2), "y");
    world.putBoth(3, "both");
    world.local.delete(hexOf(4));
    world.remote.delete(hexOf(5));
    world.local.put(hexOf(20), "added");
    world.remote.put(hexOf(21), "added");
    const { counts, drifts } = await compare(world.ports());
    expect(Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))).toEqual({
      equal: 4,
      changedHere: 1,
      changedThere: 1,
      conflict: 1,
      converged: 1,
      removedHere: 1,
      removedThere: 1,
      addedHere: 1,
      addedThere: 1,
    });
    expect(drifts.map(({ key }) => toHex(key))).toEqual(drifts.map(({ key }) => toHex(key)).sort());
  });

  test("an equal body under a new token renews the base silently", async () => {
    const world = await settledWorld(3);
    const token = world.remote.put(hexOf(1), "body 1");
    const again = await compare(world.ports());
    expect(again.drifts).toHaveLength(0);
    expect(world.base.rows.get(hexOf(1))?.token).toBe(token);
  });

  test("a key that left the scope is read without it before it is called removed (decision 18)", async () => {
    const world = new World({ scoped: true });
    for (const key of [1, 2, 3]) world.putBoth(key, `body ${key}`);
    await compare(world.ports());
    world.remote.put(hexOf(1), "body 1", { outside: true });
    world.remote.delete(hexOf(2));
    world.local.put(hexOf(4), "mine");
    world.remote.put(hexOf(4), "not in scope", { outside: true });
    world.remote.put(hexOf(5), "never mine", { outside: true });
    const found = await compare(world.ports());
    expect(kinds(found)).toEqual({
      [hexOf(1)]: "leftScope",
      [hexOf(2)]: "removedThere",
      [hexOf(4)]: "leftScope",
    });
    expect(found.drifts.find(({ kind }) => kind === "leftScope")?.proposal).toEqual({ do: "leave" });
  });

  test("rule 10: a key that the remote cannot hold is shown with the reason", async () => {
    const world = new World({ maxKeyBytes: 20 });
    world.local.put(hexOf("x".repeat(30)), "mine");
    const { drifts } = await compare(world.ports());
    expect([...drifts]).toMatchObject([{ kind: "notRepresentable", proposal: { do: "leave" } }]);
    expect(drifts.at(0)?.local.reason).toContain("20");
  });

  test("rule 12: an unreadable record is shown, and is no match", async () => {
    const world = await settledWorld(2);
    world.local.put(hexOf(1), "body 1", { unreadable: "cannot be decoded" });
    const { counts, drifts } = await compare(world.ports());
    expect(counts.equal).toBe(1);
    expect([...drifts]).toMatchObject([{ kind: "unreadable", local: { reason: "cannot be decoded" } }]);
  });
});

describe("rule 7: an emptied store", () => {
  test("proposes no deletes, and tells the counts", async () => {
    const world = await settledWorld(20);
    for (let i = 0; i < 19; i++) world.local.delete(hexOf(i));
    world.remote.delete(hexOf(19));
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([{ side: "local", gone: 19, of: 20, reasons: [{ is: "manyGone" }] }]);
    const removedHere = drifts.filter(({ kind }) => kind === "removedHere");
    expect(removedHere).toHaveLength(19);
    for (const drift of removedHere) expect(drift.proposal).toEqual({ do: "decide" });
    expect(drifts.find(({ kind }) => kind === "removedThere")?.proposal).toEqual({ do: "pull" });
  });

  test("a few deletes are a few deletes", async () => {
    const world = await settledWorld(20);
    for (let i = 0; i < 4; i++) world.remote.delete(hexOf(i));
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([]);
    for (const drift of drifts) expect(drift.proposal).toEqual({ do: "pull" });
  });

  test("more than 100 are many, whatever their share", async () => {
    const world = await settledWorld(2000);
    for (let i = 0; i < 101; i++) world.remote.delete(hexOf(i));
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([{ side: "remote", gone: 101, of: 2000, reasons: [{ is: "manyGone" }] }]);
    for (const drift of drifts) expect(drift.proposal).toEqual({ do: "decide" });
  });
});

describe("rule 7: a database that was deleted and made anew", () => {
  test("is known by its version, however few records are gone", async () => {
    const world = await settledWorld(1000);
    world.local.describes({ databaseVersion: 3 });
    await compare(world.ports());
    world.local.describes({ databaseVersion: 1 });
    world.local.delete(hexOf(1));
    world.local.put(hexOf(2), "another");
    world.local.put(hexOf(2000), "new");
    world.remote.put(hexOf(3), "theirs");
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([
      { side: "local", gone: 1, of: 1000, reasons: [{ is: "versionFell", from: 3, to: 1 }] },
    ]);
    expect(Object.fromEntries(drifts.map(({ kind, proposal }) => [kind, proposal.do]))).toEqual({
      removedHere: "decide",
      changedHere: "decide",
      addedHere: "push",
      changedThere: "pull",
    });
  });

  test("is asked about until a person has decided, and is then the one that is known", async () => {
    const world = await settledWorld(1000);
    world.local.describes({ databaseVersion: 1, keyPath: "uid" });
    world.local.delete(hexOf(1));
    for (let i = 0; i < 2; i++) {
      const { emptied } = await compare(world.ports());
      expect(emptied).toMatchObject([{ side: "local", reasons: [{ is: "storeRecreated" }] }]);
    }
    world.local.put(hexOf(1), "body 1");
    await compare(world.ports());
    world.local.delete(hexOf(1));
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([]);
    expect([...drifts]).toMatchObject([{ kind: "removedHere", proposal: { do: "push" } }]);
  });

  test("a version that grew, or a cancelled compare, is no evidence", async () => {
    const world = await settledWorld(10);
    world.local.describes({ databaseVersion: 2 });
    world.local.delete(hexOf(1));
    expect((await compare(world.ports())).emptied).toEqual([]);
  });
});

describe("rule 7: a remote restored from a backup", () => {
  test("is known by versions that went back and by records that are gone without a trace", async () => {
    const world = await settledWorld(1000);
    world.remote.put(hexOf(3), "theirs");
    world.local.put(hexOf(4), "mine");
    world.remote.restore((rows) => {
      rows.delete(hexOf(2));
      rows.set(hexOf(1), { body: "before", digest: digestOf("before"), token: "0.backup", fence: false });
    });
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([
      { side: "remote", gone: 1, of: 1000, reasons: [{ is: "wentBack", older: 1, vanished: 1 }] },
    ]);
    expect(drifts.map(({ key, kind, proposal }) => [toHex(key), kind, proposal.do])).toEqual([
      [hexOf(1), "changedThere", "decide"],
      [hexOf(2), "removedThere", "decide"],
      [hexOf(3), "changedThere", "decide"],
      [hexOf(4), "changedHere", "push"],
    ]);
  });

  test("a remote that keeps no tombstones tells nothing of that kind", async () => {
    const world = await settledWorld(1000, { tombstones: false });
    world.remote.restore((rows) => rows.delete(hexOf(2)));
    const { emptied, drifts } = await compare(world.ports());
    expect(emptied).toEqual([]);
    expect([...drifts]).toMatchObject([{ kind: "removedThere", proposal: { do: "pull" } }]);
  });
});

describe("rule 11: what is shown was reread", () => {
  test("a record that changes between two scans and is equal again is equal", async () => {
    const world = await settledWorld(3);
    world.local.put(hexOf(1), "passing");
    const ports = world.ports({
      interfere: (point) => {
        if (point === "local.lookup") world.local.put(hexOf(1), "body 1");
      },
    });
    const found = await compare(ports);
    expect(found.drifts).toHaveLength(0);
    expect(found.counts.equal).toBe(3);
  });

  test("a record that never holds still is moving, and nothing is proposed", async () => {
    const world = await settledWorld(3);
    let writes = 0;
    world.local.put(hexOf(1), "first");
    const ports = world.ports({
      interfere: (point) => {
        if (point === "local.lookup") world.local.put(hexOf(1), `write ${++writes}`);
      },
    });
    const { drifts } = await compare(ports);
    expect([...drifts]).toMatchObject([{ kind: "moving", proposal: { do: "leave" } }]);
  });
});

describe("errors", () => {
  test.each(["local", "remote", "base"] as const)("a failing %s scan rejects and names it", async (side) => {
    const world = await settledWorld(200);
    world.base.completeAt = 5;
    world.local.put(hexOf(0), "changed");
    let batches = 0;
    const fault = (point: string): Fault => (point === `${side}.scan` && ++batches === 2 ? "fail" : "none");
    const failure = await compare(world.ports({ fault })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SessionError);
    expect(failure).toMatchObject({ code: "scan-failed", side });
    expect(world.base.completeAt).toBe(5);
  });

  test.each(["local", "remote"] as const)("a failing %s reread rejects and names it", async (side) => {
    const world = await settledWorld(5);
    world.local.put(hexOf(0), "changed");
    const fault = (point: string): Fault => (point === `${side}.lookup` ? "fail" : "none");
    await expect(compare(world.ports({ fault }))).rejects.toMatchObject({ code: "lookup-failed", side });
  });

  test("rule 4: a base that cannot be written leaves the checkpoint where it was", async () => {
    const world = new World();
    world.putBoth(1, "same");
    const fault = (point: string): Fault => (point === "base.writeBatch" ? "fail" : "none");
    await expect(compare(world.ports({ fault }))).rejects.toMatchObject({
      code: "base-failed",
      side: "base",
    });
    expect(world.base.completeAt).toBeUndefined();
  });
});

describe("rule 13: cancel", () => {
  test("claims nothing of the rest, and the rest can be compared later", async () => {
    const world = await settledWorld(5000);
    world.base.completeAt = undefined;
    for (let i = 0; i < 5000; i++) world.local.put(hexOf(i), "changed");
    const whole = await compare(world.ports());
    world.base.completeAt = undefined;
    const cancelling = new AbortController();
    const cancelled = await compare(world.ports(), {
      signal: cancelling.signal,
      onProgress: ({ drifts }) => {
        if (drifts > 0) cancelling.abort();
      },
    });
    expect(cancelled.complete).toBe(false);
    expect(cancelled.drifts.length).toBeGreaterThan(0);
    expect(cancelled.drifts.length).toBeLessThan(5000);
    const upTo = toHex(cancelled.comparedUpTo ?? keyOf(-1));
    for (const { key } of cancelled.drifts) expect(toHex(key) <= upTo).toBe(true);
    expect(world.base.completeAt).toBeUndefined();
    const resumed = await compare(world.ports(), { resumeFrom: cancelled });
    const { startedAt: from, finishedAt: to } = cancelled;
    expect(resumed.earlierPart).toEqual({ upTo: cancelled.comparedUpTo, from, to });
    const timeless = { startedAt: 0, finishedAt: 0, earlierPart: undefined };
    expect({ ...resumed, ...timeless }).toEqual({ ...whole, ...timeless });
    expect(world.base.completeAt).toBeDefined();
  });

  test("before anything was compared", async () => {
    const world = await settledWorld(3);
    const cancelled = await compare(world.ports(), { signal: AbortSignal.abort() });
    expect(cancelled).toMatchObject({ complete: false, drifts: { length: 0 }, localRows: 0 });
    expect(cancelled.comparedUpTo).toBeUndefined();
  });

  test("does not wait for a side that hangs", async () => {
    const world = await settledWorld(3);
    const ports = world.ports();
    const cancelling = new AbortController();
    const local = Object.assign(Object.create(ports.local), {
      describe: () => ports.local.describe(),
      scan: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            queueMicrotask(() => cancelling.abort());
            return new Promise<never>(() => undefined);
          },
        }),
      }),
    });
    const cancelled = await compare({ ...ports, local }, { signal: cancelling.signal });
    expect(cancelled.complete).toBe(false);
  });
});
