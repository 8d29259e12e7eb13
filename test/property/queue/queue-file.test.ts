import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { QueueDraft, QueueFile } from "../../../bridge/queue/queue-file.ts";
import type { StoredOutcome, StoredWrite } from "../../../core/protocol/stored.ts";
import { packWrites, writeWeight } from "../../../core/protocol/write-columns.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-queue-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ABOUT = {
  applyId: "apply",
  connection: "lab",
  collection: "items",
  incarnation: "one",
  origin: "https://shop.example",
  store: "shop/items",
};
const PARTS = 3;
const PER_PART = 4;

const opIdOf = (part: number, index: number): string => `op-${part}-${index}`;

function writesOf(part: number): StoredWrite[] {
  return Array.from({ length: PER_PART }, (_, i) => ({
    opId: opIdOf(part, i),
    key: new Uint8Array([part, i]),
    expect: null,
    write: { body: new TextEncoder().encode(`"${part} ${i}"`), digest: new Uint8Array(16).fill(i) },
  }));
}

type Step =
  | { readonly do: "send"; readonly part: number }
  | { readonly do: "unsent"; readonly part: number; readonly index: number }
  | { readonly do: "settle"; readonly part: number; readonly index: number; readonly conflict: boolean }
  | { readonly do: "remove" };

const part = fc.nat({ max: PARTS - 1 });
const index = fc.nat({ max: PER_PART - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), part }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unsent" as const), part, index }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("settle" as const), part, index, conflict: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const) }) },
);

/** What stands of each operation, and what is left to do: all that anybody can see of a file. */
async function seen(file: QueueFile) {
  const open: string[] = [];
  for await (const { fresh, unanswered } of file.openParts()) {
    open.push(...fresh.map(({ opId }) => `send ${opId}`), ...unanswered.map(({ opId }) => `repeat ${opId}`));
  }
  const settled: string[] = [];
  for await (const chunk of file.settled(1000, writeWeight)) {
    for (const { write, outcome } of chunk) {
      expect(write.opId).toBe(outcome.opId);
      settled.push(`${outcome.opId} ${outcome.status}`);
    }
  }
  return { open, settled, counts: file.counts };
}

async function run(file: QueueFile, step: Step): Promise<void> {
  switch (step.do) {
    case "send":
      await file.markSending(step.part);
      return;
    case "unsent":
      return file.markUnsent(step.part, [opIdOf(step.part, step.index)]);
    case "settle": {
      const opId = opIdOf(step.part, step.index);
      const current = {
        key: new Uint8Array([step.part, step.index]),
        state: "deleted" as const,
        token: "7.x",
      };
      const outcome: StoredOutcome = step.conflict
        ? { opId, status: "conflict", current }
        : { opId, status: "applied", token: `1.${opId}` };
      return file.settle(step.part, [outcome]);
    }
    case "remove":
      return file.remove();
  }
}

let files = 0;

async function sealed(): Promise<string> {
  const path = join(folder, `${++files}.queue`);
  const draft = await QueueDraft.begin(path, ABOUT, "panel", 1);
  for (let at = 0; at < PARTS; at++) await draft.add(packWrites(writesOf(at)));
  expect(await draft.seal()).toBe(PARTS * PER_PART);
  return path;
}

async function openAt(path: string, bytes: number): Promise<QueueFile | undefined> {
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  truncateSync(copy, bytes);
  return QueueFile.open(copy);
}

test("cut off at any byte, it knows exactly what was durable before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(), async (steps, cut) => {
      const path = await sealed();
      const file = (await QueueFile.open(path)) as QueueFile;
      const states = [{ bytes: statSync(path).size, seen: await seen(file) }];
      for (const one of steps) {
        await run(file, one);
        states.push({ bytes: statSync(path).size, seen: await seen(file) });
      }
      await file.close();
      const last = states.at(-1)?.bytes ?? 0;
      const bytes = cut % (last + 1);
      const restarted = await openAt(path, bytes);
      const expected = states.findLast((state) => state.bytes <= bytes);
      expect(restarted === undefined ? undefined : await seen(restarted)).toEqual(expected?.seen);
      await restarted?.close();
    }),
    { numRuns: 150 },
  );
});

test("what is written after a restart on a torn end is read again", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      step,
      async (steps, torn, next) => {
        const path = await sealed();
        const file = (await QueueFile.open(path)) as QueueFile;
        for (const one of steps) await run(file, one);
        await file.close();
        const restarted = await openAt(path, statSync(path).size - torn);
        if (restarted === undefined) return;
        await run(restarted, next);
        const now = await seen(restarted);
        await restarted.close();
        expect(await seen((await QueueFile.open(restarted.path)) as QueueFile)).toEqual(now);
      },
    ),
    { numRuns: 60 },
  );
});

test("an operation is never sent afresh again once it may have been sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const path = await sealed();
      const file = (await QueueFile.open(path)) as QueueFile;
      const sent = new Set<string>();
      let removed = false;
      for (const one of steps) {
        if (one.do === "send" && !removed) for (let i = 0; i < PER_PART; i++) sent.add(opIdOf(one.part, i));
        if (one.do === "unsent") sent.delete(opIdOf(one.part, one.index));
        removed ||= one.do === "remove";
        await run(file, one);
      }
      await file.close();
      const { open } = await seen((await QueueFile.open(path)) as QueueFile);
      for (const what of open.filter((one) => one.startsWith("send "))) {
        expect(sent.has(what.slice("send ".length))).toBe(false);
        expect(removed).toBe(false);
      }
    }),
    { numRuns: 100 },
  );
});

test("a damaged beginning is told, and nothing of it is sent", async () => {
  const path = await sealed();
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] as number) ^ 0xff;
  writeFileSync(path, bytes);
  await expect(QueueFile.open(path)).rejects.toThrow(/damaged at byte 0.*driftscope queue remove/);
});
