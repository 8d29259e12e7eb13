import { describe, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import type { Policy } from "../../../core/mapping/mapping-settings.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison, Decision, DriftKind } from "../../../core/session/drift.ts";
import { type PolicyProposal, type ProposeOptions, proposeByPolicy } from "../../../core/session/policy.ts";
import type { CustomAnswer, CustomConflict } from "../../../core/session/policy-custom.ts";
import { digestOf, hexOf, keyOf } from "../../support/models/bodies.ts";
import { World } from "../../support/models/world.ts";

const body = encodeValue;

/** Every kind that the model's stores can have, one record each; keys name the kind. */
async function everyKind(): Promise<World> {
  const world = new World();
  const keys = [
    "both",
    "goneHere",
    "goneThere",
    "changedHere",
    "changedThere",
    "removedHere",
    "removedThere",
  ];
  for (const key of keys) world.putBoth(key, body({ v: 0 }));
  for (let i = 0; i < 20; i++) world.putBoth(i, body({ v: i }));
  world.local.put(hexOf("odd"), body({ v: 1 }), { unreadable: "torn" });
  world.remote.put(hexOf("odd"), body({ v: 2 }));
  await compare(world.ports());
  world.local.put(hexOf("both"), body({ v: 1 }));
  world.remote.put(hexOf("both"), body({ v: 2 }));
  world.local.delete(hexOf("goneHere"));
  world.remote.put(hexOf("goneHere"), body({ v: 2 }));
  world.remote.delete(hexOf("goneThere"));
  world.local.put(hexOf("goneThere"), body({ v: 1 }));
  world.local.put(hexOf("changedHere"), body({ v: 1 }));
  world.remote.put(hexOf("changedThere"), body({ v: 2 }));
  world.local.delete(hexOf("removedHere"));
  world.remote.delete(hexOf("removedThere"));
  world.local.put(hexOf("addedHere"), body({ v: 1 }));
  world.remote.put(hexOf("addedThere"), body({ v: 1 }));
  return world;
}

async function propose(
  world: World,
  policy: Policy,
  options: Partial<ProposeOptions> & { comparison?: Comparison } = {},
): Promise<{ comparison: Comparison; proposals: PolicyProposal[] }> {
  const comparison = options.comparison ?? (await compare(world.ports()));
  const proposals: PolicyProposal[] = [];
  const { emptied } = comparison;
  for await (const some of proposeByPolicy(world.ports(), comparison.drifts, {
    policy,
    emptied,
    ...options,
  })) {
    proposals.push(...some);
  }
  return { comparison, proposals };
}

/** One record that both sides changed from `base`; without a base they differ. */
async function oneConflict(base: unknown, local: unknown, remote: unknown, keepsBody = true): Promise<World> {
  const world = new World();
  if (base !== undefined) {
    world.putBoth("x", body(base));
    const ports = world.ports();
    await compare(ports);
    const [entry] = await ports.base.read([keyOf("x")]);
    if (entry && keepsBody) await ports.base.write([{ ...entry, body: body(base) }]);
  }
  if (local === undefined) world.local.delete(hexOf("x"));
  else world.local.put(hexOf("x"), body(local));
  if (remote === undefined) world.remote.delete(hexOf("x"));
  else world.remote.put(hexOf("x"), body(remote));
  return world;
}

async function proposeOne(
  world: World,
  policy: Policy,
  options: Partial<ProposeOptions> = {},
): Promise<{ does: Decision["do"]; value?: unknown; reason: string }> {
  const [only, ...others] = (await propose(world, policy, options)).proposals;
  expect(others).toEqual([]);
  if (!only) throw new Error("Nothing was proposed.");
  const { decision, reason } = only;
  return decision.do === "merge"
    ? { does: "merge", value: decodeValue(decision.body), reason }
    : { does: decision.do, reason };
}

describe("what a policy is for", () => {
  test.each([
    ["localWins", "push"],
    ["remoteWins", "pull"],
  ] as const)("%s decides conflicts alone, deletions among them", async (is, does) => {
    const { comparison, proposals } = await propose(await everyKind(), { is });
    const kinds = comparison.drifts.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBeGreaterThan(7);
    expect(proposals.map(({ index }) => comparison.drifts.at(index)?.kind)).toEqual(
      Array(3).fill("conflict"),
    );
    expect(proposals.every(({ decision }) => decision.do === does)).toBe(true);
  });

  test("nothing comes from the manual policy", async () => {
    expect((await propose(await everyKind(), { is: "manual" })).proposals).toEqual([]);
  });

  test("without a base: records that differ, never one that a side lacks", async () => {
    const world = new World();
    world.local.put(hexOf("here"), body(1));
    world.remote.put(hexOf("there"), body(1));
    world.local.put(hexOf("x"), body(1));
    world.remote.put(hexOf("x"), body(2));
    const { comparison, proposals } = await propose(world, { is: "localWins" });
    const kinds = proposals.map(({ index }): DriftKind | undefined => comparison.drifts.at(index)?.kind);
    expect(kinds).toEqual(["different"]);
  });

  test("what an emptied side lost is the person's (rule 7)", async () => {
    const world = new World();
    for (let i = 0; i < 20; i++) world.putBoth(i, body(i));
    await compare(world.ports());
    for (let i = 0; i < 19; i++) world.local.delete(hexOf(i));
    world.remote.put(hexOf(3), body("changed"));
    world.local.put(hexOf(19), body("here"));
    world.remote.put(hexOf(19), body("there"));
    const { comparison, proposals } = await propose(world, { is: "localWins" });
    expect(comparison.emptied).toHaveLength(1);
    expect(comparison.counts.conflict).toBe(2);
    expect(proposals.map(({ index }) => comparison.drifts.at(index)?.key)).toEqual([keyOf(19)]);
  });
});

describe("newest wins by a field", () => {
  const at = { is: "newestWins", field: ["meta", "at"] } as const;
  const of = (value: unknown) => ({ meta: { at: value } });
  const noon = Date.UTC(2026, 4, 1, 12);

  test.each([
    ["numbers", 7, 5, "push", "newest: here, 2 more"],
    ["Dates", new Date(noon), new Date(noon + 7_500_000), "pull", "newest: there, 2 h later"],
    ["instants", "2026-05-01T12:00:00Z", "2026-05-01T13:30:00+02:00", "push", "newest: here, 30 min later"],
    ["days", "2026-05-01", "2026-05-03", "pull", "newest: there, 2 d later"],
    ["times without zone", "2026-05-01T12:00", "2026-05-01T12:00:01.5", "pull", "newest: there, 1 s later"],
  ] as const)("%s", async (_what, local, remote, does, reason) => {
    expect(await proposeOne(await oneConflict(of(0), of(local), of(remote)), at)).toEqual({ does, reason });
  });

  test.each([
    ["a tie", of(5), { ...of(5), other: 1 }, "tie: meta.at is the same"],
    ["a missing field", of(5), { meta: {} }, "meta.at is missing there"],
    ["a path through something else", { meta: 7 }, of(5), "meta.at is missing here"],
    ["NaN", of(Number.NaN), of(5), "meta.at is no number, Date or ISO 8601 text here"],
    ["an invalid Date", of(5), of(new Date(Number.NaN)), "meta.at is no number, Date or ISO 8601 text there"],
    ["words", of("yesterday"), of("today"), "meta.at is no number, Date or ISO 8601 text on either side"],
    [
      "a day that is none",
      of("2026-02-30"),
      of("2026-02-28"),
      "meta.at is no number, Date or ISO 8601 text here",
    ],
    ["two types", of(5), of(new Date(noon)), "meta.at cannot be compared: number here, Date there"],
    [
      "an instant and a time without zone",
      of("2026-05-01T12:00Z"),
      of("2026-05-01T12:00"),
      "meta.at cannot be compared: ISO 8601 text of an instant here, ISO 8601 text of a time without zone there",
    ],
    ["a removed record", undefined, of(7), "removed here, so there is nothing to compare"],
  ])("%s goes to the person (rule 14)", async (_what, local, remote, reason) => {
    expect(await proposeOne(await oneConflict(of(0), local, remote), at)).toEqual({ does: "decide", reason });
  });
});

describe("merge fields", () => {
  const merge = { is: "mergeFields" } as const;

  test("both sides' fields come together", async () => {
    const world = await oneConflict({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 });
    expect(await proposeOne(world, merge)).toEqual({
      does: "merge",
      value: { a: 2, b: 2 },
      reason: "merged: 1 from here, 1 from there",
    });
  });

  test("elements by the identity that the mapping names", async () => {
    const list = (...ids: number[]) => ({ list: ids.map((id) => ({ id })) });
    const world = await oneConflict(list(1), list(1, 2), list(1, 3));
    const identities = [{ path: ["list"], field: "id" }];
    expect(await proposeOne(world, merge, { identities })).toMatchObject({ value: list(1, 2, 3) });
    expect(await proposeOne(world, merge)).toEqual({ does: "decide", reason: "list: changed on both sides" });
  });

  test("a field that both changed stays with the person", async () => {
    const world = await oneConflict({ a: { b: 1 }, c: 1 }, { a: { b: 2 }, c: 2 }, { a: { b: 3 }, c: 3 });
    expect(await proposeOne(world, merge)).toEqual({
      does: "decide",
      reason: "a.b and 1 more: changed on both sides",
    });
  });

  test("a base without the body has no values to merge with", async () => {
    const world = await oneConflict({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, false);
    expect(await proposeOne(world, merge)).toEqual({
      does: "decide",
      reason: "a and 1 more: differ, and no base tells who changed them",
    });
  });

  test("a base that has moved on since the compare is not the ancestor", async () => {
    const world = await oneConflict({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 });
    const { comparison } = await propose(world, merge);
    // Another panel settled the record meanwhile, and it went back to what it was here.
    const newer = body({ a: 1, b: 2 });
    await world
      .ports()
      .base.write([
        { key: keyOf("x"), state: "present", digest: digestOf(newer), token: "9.x", body: newer },
      ]);
    expect((await propose(world, merge, { comparison })).proposals).toMatchObject([
      { decision: { do: "decide" }, reason: "a and 1 more: differ, and no base tells who changed them" },
    ]);
  });

  test("a removed record is no merge", async () => {
    expect(await proposeOne(await oneConflict({ a: 1 }, { a: 2 }, undefined), merge)).toEqual({
      does: "decide",
      reason: "changed here, removed there: nothing to merge",
    });
  });

  test("a record that must not be copied, and one that moved, are the person's", async () => {
    const world = await oneConflict({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 });
    const { comparison } = await propose(world, merge);
    world.local.put(hexOf("x"), body({ a: 2, b: 1 }), { blocked: "a CryptoKey is inside" });
    expect((await propose(world, merge, { comparison })).proposals).toMatchObject([
      { decision: { do: "decide" }, reason: "never written: a CryptoKey is inside" },
    ]);
    world.local.put(hexOf("x"), body({ a: 7, b: 1 }));
    expect((await propose(world, merge, { comparison })).proposals).toMatchObject([
      { decision: { do: "decide" }, reason: "moved since the compare: compare again" },
    ]);
  });
});

describe("a custom function", () => {
  const policy = { is: "custom", name: "mine" } as const;
  const answering =
    (answer: CustomAnswer, seen: CustomConflict[] = []): ProposeOptions["custom"] =>
    async (conflicts) => {
      seen.push(...conflicts);
      return conflicts.map(() => answer);
    };

  test("gets the bodies, and its answer is the proposal", async () => {
    const world = await oneConflict({ id: "x", a: 1 }, { id: "x", a: 2 }, { id: "x", a: 3 });
    const seen: CustomConflict[] = [];
    expect(await proposeOne(world, policy, { custom: answering({ take: "remote" }, seen) })).toEqual({
      does: "pull",
      reason: "mine: there",
    });
    expect(seen).toEqual([
      {
        key: keyOf("x"),
        base: body({ id: "x", a: 1 }),
        local: body({ id: "x", a: 2 }),
        remote: body({ id: "x", a: 3 }),
      },
    ]);
    expect(
      await proposeOne(world, policy, { custom: answering({ value: body({ id: "x", a: 9 }) }) }),
    ).toEqual({
      does: "merge",
      value: { id: "x", a: 9 },
      reason: "mine: a value of its own",
    });
    expect(await proposeOne(world, policy, { custom: answering({ undecided: "it threw" }) })).toEqual({
      does: "decide",
      reason: "mine: it threw",
    });
  });

  test("a value that the store cannot hold leaves the record undecided", async () => {
    const world = await oneConflict({ id: "x", a: 1 }, { id: "x", a: 2 }, { id: "x", a: 3 });
    expect(await proposeOne(world, policy, { custom: answering({ value: body({ id: "y" }) }) })).toEqual({
      does: "decide",
      reason: "mine: its value has another key at id",
    });
    expect(await proposeOne(world, policy, { custom: answering({ value: body({}) }) })).toMatchObject({
      does: "decide",
    });
    expect(await proposeOne(world, policy, { custom: answering({ value: "#1[" }) })).toMatchObject({
      does: "decide",
      reason: expect.stringMatching(/^mine: its value cannot be stored: /) as string,
    });
    expect(
      await proposeOne(world, policy, { custom: answering({ value: body({ id: "x" }) }) }),
    ).toMatchObject({
      does: "merge",
    });
  });

  test("an answer for fewer records, and nobody to run it, are errors that name the policy", async () => {
    const world = await oneConflict({ a: 1 }, { a: 2 }, { a: 3 });
    await expect(proposeOne(world, policy, { custom: async () => [] })).rejects.toMatchObject({
      code: "policy-failed",
    });
    await expect(proposeOne(world, policy)).rejects.toMatchObject({ code: "policy-failed" });
  });
});

test("many drifts are read in parts; progress and cancel work", async () => {
  const world = new World();
  for (let i = 0; i < 1200; i++) {
    world.local.put(hexOf(i), body({ at: i % 2 }));
    world.remote.put(hexOf(i), body({ at: (i + 1) % 2 }));
  }
  const done: number[] = [];
  const policy = { is: "newestWins", field: ["at"] } as const;
  const { proposals } = await propose(world, policy, { onProgress: (progress) => done.push(progress.done) });
  expect(proposals.map(({ index }) => index)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
  expect(proposals.map(({ decision }) => decision.do === "push")).toEqual(
    Array.from({ length: 1200 }, (_, i) => i % 2 === 1),
  );
  expect(done.length).toBeGreaterThan(2);
  expect(done.at(-1)).toBe(1200);

  const cancel = new AbortController();
  const cancelled = propose(world, policy, {
    signal: cancel.signal,
    onProgress: () => cancel.abort(new DOMException("Enough.", "AbortError")),
  });
  await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
});
