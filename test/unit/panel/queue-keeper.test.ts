import { expect, test } from "vitest";
import { NO_COUNTS } from "../../../bridge/queue/queue-file.ts";
import type { BridgeQueue } from "../../../core/protocol/client/bridge-queue.ts";
import type { QueuedApply } from "../../../core/protocol/queue-frames.ts";
import type { BaseStore } from "../../../core/session/ports.ts";
import type { QueuedApply as ShownApply } from "../../../extension/panel/worker/api.ts";
import type { MappingRecord } from "../../../extension/panel/worker/mapping-store.ts";
import { QueueKeeper } from "../../../extension/panel/worker/queue/queue-keeper.ts";

const APPLY = "018f0000-0000-7000-8000-000000000001";
const MAPPING = { id: "m1", connection: "disk", collection: "notes" } as MappingRecord;
const apply = (is: QueuedApply["is"], queuedAt: number): QueuedApply => ({
  applyId: APPLY,
  connection: "disk",
  collection: "notes",
  origin: "https://example.test",
  store: "notes",
  queuedAt,
  is,
  counts: { ...NO_COUNTS, waiting: is === "ended" ? 0 : 3 },
  bytes: 100,
});

/** A keeper whose looks at the queue find, one after the other, what is listed. */
function keeperOf(...looks: readonly QueuedApply[]) {
  const left = [...looks];
  const shown: (readonly ShownApply[])[] = [];
  const queue = {
    state: async () => ({ revision: 1, applies: left.splice(0, 1) }),
    acknowledge: async () => true,
  } as unknown as BridgeQueue;
  const keeper = new QueueKeeper({
    queue: () => queue,
    mappings: async () => [MAPPING],
    openBase: async () => ({ applies: async () => [{ applyId: APPLY }] }) as unknown as BaseStore,
    whenIdle: (work) => work(),
    onRecorded: async () => {},
    onState: (applies) => shown.push(applies),
    clock: () => 0,
  });
  return { keeper, shown };
}

const states = (shown: readonly (readonly ShownApply[])[]) =>
  shown.map((applies) => applies.map(({ is }) => is).join(" "));

test("an apply that two overlapping looks find at its end is shown once", async () => {
  const { keeper, shown } = keeperOf(apply("ended", 1), apply("ended", 1));
  await Promise.all([keeper.refresh(), keeper.refresh()]);
  expect(new Set(states(shown))).toEqual(new Set(["ended"]));
  expect(() => keeper.requireNotQueued(APPLY)).not.toThrow();
});

test("an apply that is queued again after its end waits again", async () => {
  const { keeper, shown } = keeperOf(apply("ended", 1), apply("waiting", 2), apply("ended", 2));
  await keeper.refresh();
  await keeper.refresh();
  expect(states(shown).at(-1)).toBe("waiting");
  expect(() => keeper.requireNotQueued(APPLY)).toThrow(/wait in the bridge's queue/);
  await keeper.refresh();
  expect(states(shown).at(-1)).toBe("ended");
  expect(() => keeper.requireNotQueued(APPLY)).not.toThrow();
});

test("a mapping is told to have writes in the queue until they are at their end, and not for what is damaged", async () => {
  const { keeper } = keeperOf(apply("waiting", 1), apply("damaged", 1), apply("ended", 1));
  await keeper.refresh();
  expect(keeper.isQueued(APPLY)).toBe(true);
  expect(() => keeper.requireNoneQueued("m1")).toThrow(/this mapping wait in the bridge's queue/);
  expect(() => keeper.requireNoneQueued("m2")).not.toThrow();
  await keeper.refresh();
  expect(() => keeper.requireNoneQueued("m1")).not.toThrow();
  await keeper.refresh();
  expect(keeper.isQueued(APPLY)).toBe(false);
  expect(() => keeper.requireNoneQueued("m1")).not.toThrow();
});
