import { describe, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { type CompareAgainOptions, compareAgain } from "../../../core/session/compare-again.ts";
import type { Comparison } from "../../../core/session/drift.ts";
import type { RemoteCapabilities } from "../../../core/session/ports.ts";
import { verifyRange, withVerification } from "../../../core/session/verify-range.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { kindsOf, settle } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const NOTHING = { keys: [], unseen: ["workers", "otherTabs"] } as const;

async function compared(
  count: number,
  capabilities: Partial<RemoteCapabilities> = {},
): Promise<{ world: World; first: Comparison }> {
  const world = new World(capabilities);
  for (let key = 0; key < count; key++) world.putBoth(key, `body ${key}`);
  return { world, first: await again(world, { local: { unknown: "notWatched" } }) };
}

const again = (world: World, options: Partial<CompareAgainOptions>): Promise<Comparison> =>
  compareAgain(world.ports(), { local: NOTHING, clock: () => 50, ...options });

describe("comparing again", () => {
  test("looks at what changed alone, and says what it does not know", async () => {
    const { world, first } = await compared(500);
    expect(first).toMatchObject({ extent: "full", fullBecause: { reason: "first" } });
    world.local.put(hexOf(3), "mine");
    world.remote.put(hexOf(4), "theirs");
    const { ports, environment } = world.open();
    const local = { keys: [keyOf(3)], unseen: NOTHING.unseen };
    const second = await compareAgain(ports, { earlier: first, local, clock: () => 99 });
    expect(kindsOf(second)).toEqual({ [hexOf(3)]: "changedHere", [hexOf(4)]: "changedThere" });
    expect(second).toMatchObject({
      extent: "rechecked",
      rechecked: { keys: 2, fullAt: 50, unseen: ["workers", "otherTabs"] },
      complete: true,
      localRows: 500,
      remoteRows: 500,
    });
    expect(second.counts.equal).toBe(498);
    expect(environment.calls.filter((call) => call.endsWith(".scan"))).toEqual([]);
    expect(environment.calls.length).toBeLessThan(25);
    expect(world.base.completeAt).toBe(50);
  });

  test("reads no record before it is known from where on the page's writes are", async () => {
    const { world, first } = await compared(5);
    for (const earlier of [undefined, first]) {
      const { ports, environment } = world.open();
      let told = false;
      // A turn later: without waiting, the models would have been read to their end by then.
      const local = new Promise((resolve) => setImmediate(resolve)).then(() => {
        const read = environment.calls.filter((call) => /\.(scan|lookup|read)$/.test(call));
        expect(read).toEqual([]);
        told = true;
        return { unknown: "watchedLater" } as const;
      });
      const full = await compareAgain(ports, { earlier, local, clock: () => 99 });
      expect(told).toBe(true);
      expect(full).toMatchObject({
        extent: "full",
        fullBecause: { reason: earlier ? "watchedLater" : "first" },
      });
    }
  });

  test("takes hints for what they are: what nobody told of is not found", async () => {
    const { world, first } = await compared(10);
    world.local.put(hexOf(3), "by a worker");
    const second = await again(world, { earlier: first });
    expect(second.drifts).toHaveLength(0);
    expect(second.extent).toBe("rechecked");
  });

  test("needs no look at what a push of ours changed there", async () => {
    const { world, first } = await compared(20);
    world.local.put(hexOf(3), "mine");
    await settle(world);
    const earlier = await again(world, { earlier: first, local: { unknown: "asked" } });
    world.local.put(hexOf(4), "mine too");
    await settle(world);
    const second = await again(world, { earlier, local: { ...NOTHING, keys: [] } });
    expect(second).toMatchObject({ extent: "rechecked", rechecked: { keys: 0 }, drifts: { length: 0 } });
  });

  test.each([
    ["nothing was compared before", undefined, NOTHING, {}, "first"],
    ["the person asks for it", "whole", { unknown: "asked" }, {}, "asked"],
    ["nobody watched", "whole", { unknown: "notWatched" }, {}, "notWatched"],
    ["too much was written", "whole", { unknown: "tooMany" }, {}, "tooMany"],
    ["the remote does not know what changed", "whole", NOTHING, { changes: false }, "noChanges"],
    ["the last one was cancelled", "part", NOTHING, {}, "first"],
  ] as const)("compares all when %s", async (_why, before, local, capabilities, reason) => {
    const { world, first } = await compared(30, capabilities);
    world.local.put(hexOf(29), "mine");
    const earlier = before && { ...first, complete: before === "whole" };
    const second = await again(world, { earlier, local });
    expect(second).toMatchObject({ extent: "full", fullBecause: { reason }, complete: true });
    expect(kindsOf(second)).toEqual({ [hexOf(29)]: "changedHere" });
  });

  test("a remote that was put back is recognised, compared whole, and told with the reason", async () => {
    const { world } = await compared(30);
    const backup = world.remote.backup();
    world.remote.put(hexOf(5), "later");
    await settle(world, () => ({ do: "pull" }));
    const earlier = await again(world, { local: { unknown: "asked" } });
    expect(earlier.drifts).toHaveLength(0);
    world.remote.putBack(backup);
    const restored = await again(world, { earlier });
    expect(restored).toMatchObject({
      extent: "full",
      fullBecause: { reason: "remoteGoneBack", detail: "The remote was put back to an earlier state." },
    });
    expect(kindsOf(restored)).toEqual({ [hexOf(5)]: "changedThere" });
  });

  test("and so is one that was put back while no session ran, by the checkpoint that the base keeps", async () => {
    const { world } = await compared(30);
    const backup = world.remote.backup();
    world.remote.put(hexOf(5), "later");
    await settle(world, () => ({ do: "pull" }));
    await again(world, { local: { unknown: "asked" } });
    world.remote.putBack(backup);
    world.remote.put(hexOf(6), "by somebody");
    const next = await again(world, { local: { unknown: "notWatched" } });
    expect(next.fullBecause).toMatchObject({ reason: "remoteGoneBack" });
    expect((await again(world, { local: { unknown: "notWatched" } })).fullBecause).toEqual({
      reason: "first",
    });
  });

  test("a cancelled one leaves the earlier comparison, which still holds", async () => {
    const { world, first } = await compared(30);
    world.remote.put(hexOf(5), "theirs");
    const cancelling = new AbortController();
    const ports = world.ports({ interfere: (point) => point === "local.lookup" && cancelling.abort() });
    const second = await compareAgain(ports, { earlier: first, local: NOTHING, signal: cancelling.signal });
    expect(second).toBe(first);
    expect(kindsOf(await again(world, { earlier: first }))).toEqual({ [hexOf(5)]: "changedThere" });
  });

  test("looks again at what kept changing, though nobody tells of it any more", async () => {
    const world = new World();
    world.putBoth(1, "same");
    let writes = 0;
    const interfere = (): void => {
      world.local.put(hexOf(1), `moving ${++writes}`);
    };
    const first = await compareAgain(world.ports({ interfere }), { local: { unknown: "first" } });
    expect(kindsOf(first)).toEqual({ [hexOf(1)]: "moving" });
    world.local.put(hexOf(1), "same");
    expect((await again(world, { earlier: first })).drifts).toHaveLength(0);
  });

  test("a store that was emptied is asked about here, too (rule 7)", async () => {
    const { world, first } = await compared(10);
    for (let key = 0; key < 4; key++) world.local.delete(hexOf(key));
    const keys = [0, 1, 2, 3].map(keyOf);
    const second = await again(world, { earlier: first, local: { keys, unseen: [] } });
    expect(second.emptied).toMatchObject([{ side: "local", gone: 4, of: 10 }]);
    expect(second.drifts.every(({ proposal }) => proposal.do === "decide")).toBe(true);
    world.local.put(hexOf(0), "body 0");
    world.local.put(hexOf(1), "body 1");
    world.local.put(hexOf(2), "body 2");
    const third = await again(world, { earlier: second, local: { keys: keys.slice(0, 3), unseen: [] } });
    expect(third.emptied).toEqual([]);
    expect(third.drifts.map(({ proposal }) => proposal.do)).toEqual(["push"]);
  });
});

describe("verifying a range", () => {
  const none = async (): Promise<readonly Uint8Array[]> => [];

  test("finds what nobody told of, and adds it to what was found", async () => {
    const { world, first } = await compared(300);
    world.local.put(hexOf(7), "by a worker");
    world.local.put(hexOf(9), "by the page");
    const second = await again(world, { earlier: first, local: { keys: [keyOf(9)], unseen: [] } });
    expect(kindsOf(second)).toEqual({ [hexOf(9)]: "changedHere" });
    const ports = world.ports();
    const verification = await verifyRange(ports, second, { announced: none, clock: () => 70 });
    expect(verification?.verified).toEqual({ at: 70, records: 300, surprises: 1 });
    if (!verification) throw new Error("not verified");
    const told = await withVerification(ports, second, verification);
    expect(kindsOf(told)).toEqual({ [hexOf(7)]: "changedHere", [hexOf(9)]: "changedHere" });
    expect(told).toMatchObject({ extent: "rechecked", rechecked: { verified: { surprises: 1 } } });
    expect(told.counts.equal).toBe(298);
  });

  test("is surprised by a drift that went away, and not by what was announced meanwhile", async () => {
    const { world, first } = await compared(300);
    world.local.put(hexOf(7), "mine");
    const second = await again(world, { earlier: first, local: { keys: [keyOf(7)], unseen: [] } });
    world.local.put(hexOf(7), "body 7");
    world.local.put(hexOf(8), "announced");
    world.remote.put(hexOf(9), "in the remote's changes");
    const announced = async (): Promise<Uint8Array[]> => [keyOf(8)];
    const ports = world.ports();
    const verification = await verifyRange(ports, second, { announced });
    expect(verification?.looked.map(({ drift }) => [toHex(drift.key), drift.kind])).toEqual([
      [hexOf(7), "equal"],
    ]);
    if (!verification) throw new Error("not verified");
    expect((await withVerification(ports, second, verification)).counts.equal).toBe(300);
  });

  test("covers every record of a large store, a range at a time, and each range alone", async () => {
    const { world, first } = await compared(30_000);
    const runs = first.trail?.milestones.length ?? 0;
    expect(runs).toBeGreaterThan(2);
    const earlier = await again(world, { earlier: first });
    let records = 0;
    for (let run = 0; run < runs; run++) {
      const { ports, environment } = world.open();
      const random = (): number => run / runs;
      const verification = await verifyRange(ports, earlier, {
        announced: none,
        random,
        milliseconds: 60_000,
      });
      records += verification?.verified.records ?? 0;
      expect(verification?.verified.records).toBeLessThanOrEqual(20_000);
      expect(environment.dead).toBe(false);
    }
    expect(records).toBe(30_000);
    expect(world.base.completeAt).toBe(50);
  });

  test("ends when it is told to", async () => {
    const { world, first } = await compared(50);
    const earlier = await again(world, { earlier: first });
    const signal = AbortSignal.abort();
    expect(await verifyRange(world.ports(), earlier, { announced: none, signal })).toBeUndefined();
  });
});
