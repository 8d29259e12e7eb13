import { expect, test } from "vitest";
import { packPlan } from "../../../core/session/packed-plan.ts";
import type { Plan, PlannedOperation } from "../../../core/session/plan.ts";
import type { ApplyHeader, WriteOutcome } from "../../../core/session/ports.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, memoryDatabases } from "../../support/local-database.ts";

const keyOf = (n: number): Uint8Array => Uint8Array.of(0x10, n >> 16, (n >> 8) & 0xff, n & 0xff);

const push = (applyId: string, n: number, i = n): PlannedOperation => ({
  opId: `${applyId}-${i.toString(36)}`,
  key: keyOf(n),
  side: "remote",
  action: "replace",
  expectLocal: null,
  expectRemote: null,
  digest: null,
  source: "local",
  baseAfter: undefined,
});

const headerOf = (applyId: string, startedAt: number, operations: number): ApplyHeader => ({
  applyId,
  startedAt,
  finishedAt: startedAt + 5,
  kind: "apply",
  counts: { applied: operations },
});

const planOf = (applyId: string, operations: readonly PlannedOperation[]): Plan => {
  const none = { create: 0, replace: 0, delete: 0 };
  return {
    applyId,
    createdAt: 0,
    kind: "apply",
    operations,
    counts: { local: none, remote: none },
    confirmations: [],
    notWritten: {},
  };
};

const open = (clock = () => 1_000) =>
  DexieBaseStore.open(memoryDatabases().reopen(), baseIdentity(), {
    locks: inProcessLocks(),
    mappingName: "notes",
    clock,
  });

async function save(
  store: DexieBaseStore,
  header: ApplyHeader,
  operations: readonly PlannedOperation[],
  outcomes: readonly (readonly WriteOutcome[])[],
): Promise<void> {
  await store.savePlan(header, packPlan(planOf(header.applyId, operations)));
  for (const some of outcomes) await store.saveOutcomes(header.applyId, some);
}

const applied = ({ opId }: PlannedOperation, token: string): WriteOutcome => ({
  opId,
  status: "applied",
  token,
});

test("the newest apply that has the record tells; both sides of a merge do", async () => {
  const store = await open();
  const first = [1, 2, 3].map((n) => push("a", n));
  await save(store, headerOf("a", 100, 3), first, [first.map((operation) => applied(operation, "1.a"))]);
  const there = push("b", 2);
  const here = { ...push("b", 2, 3), side: "local" as const };
  const refused = { opId: here.opId, status: "rejected", code: "constraint", reason: "No." } as const;
  await save(store, headerOf("b", 200, 2), [there, here], [[applied(there, "2.b"), refused]]);
  expect(await store.lastConfirmation(keyOf(1))).toMatchObject({
    is: "found",
    applyId: "a",
    at: 105,
    operations: [{ side: "remote", action: "replace", outcome: { status: "applied", token: "1.a" } }],
  });
  expect(await store.lastConfirmation(keyOf(2))).toMatchObject({
    applyId: "b",
    operations: [
      { side: "remote", outcome: { status: "applied", token: "2.b" } },
      { side: "local", outcome: { status: "rejected", reason: "No." } },
    ],
  });
  expect(await store.lastConfirmation(keyOf(9))).toEqual({ is: "none", applies: 2, since: 100, more: false });
});

test("of an operation that was resumed the last outcome counts; one without an outcome was never sent", async () => {
  const store = await open();
  const operations = Array.from({ length: 10 }, (_, n) => push("a", n));
  const unknown = operations.map(({ opId }) => ({ opId, status: "unknown", reason: "no answer" }) as const);
  const later = operations.slice(0, 9).map((operation) => applied(operation, "7.a"));
  const rows = [unknown.slice(0, 5), unknown.slice(5, 9), later.slice(0, 3), later.slice(3)];
  await save(store, headerOf("a", 100, 10), operations, rows);
  for (let n = 0; n < 9; n++) {
    expect(await store.lastConfirmation(keyOf(n))).toMatchObject({
      operations: [{ outcome: { status: "applied", token: "7.a" } }],
    });
  }
  expect(await store.lastConfirmation(keyOf(9))).toMatchObject({
    operations: [{ outcome: { status: "notRun" } }],
  });
});

test("in a plan of many rows every record is found, and only those that it has", async () => {
  const store = await open();
  // Every second key, in more chunks than lie in one row.
  const COUNT = 70_000;
  const operations = Array.from({ length: COUNT }, (_, i) => push("a", i * 2, i));
  const outcomes: WriteOutcome[][] = [];
  for (let from = 0; from < COUNT; from += 2000) {
    outcomes.push(operations.slice(from, from + 2000).map((operation) => applied(operation, operation.opId)));
  }
  await save(store, headerOf("a", 100, COUNT), operations, outcomes);
  for (const i of [0, 1, 4095, 4096, 32_767, 32_768, 65_535, 65_536, COUNT - 1]) {
    expect(await store.lastConfirmation(keyOf(i * 2))).toMatchObject({
      operations: [{ outcome: { token: `a-${i.toString(36)}` } }],
    });
    expect(await store.lastConfirmation(keyOf(i * 2 + 1))).toMatchObject({ is: "none" });
  }
});

test("beyond the applies that are looked through it says that there are more", async () => {
  const store = await open();
  const old = [push("old", 1)];
  await save(store, headerOf("old", 1, 1), old, [old.map((operation) => applied(operation, "1.old"))]);
  for (const startedAt of [10, 11, 12]) {
    const applyId = `n${startedAt}`;
    await save(store, headerOf(applyId, startedAt, 1), [push(applyId, 2)], []);
  }
  expect(await store.lastConfirmation(keyOf(1), 3)).toEqual({
    is: "none",
    applies: 3,
    since: 10,
    more: true,
  });
  expect(await store.lastConfirmation(keyOf(1), 4)).toMatchObject({ is: "found", applyId: "old" });
});
