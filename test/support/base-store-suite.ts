/** What every store of bases does, whatever it keeps them in. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EntryState } from "../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../core/key/hex.ts";
import type {
  ApplyHeader,
  BaseEntry,
  BaseStore,
  LocalJournalEntry,
  ScanOptions,
} from "../../core/session/ports.ts";

/** One place that a base is stored in. */
export interface BaseStoreBed {
  /** As a new process would see it; what was open before is closed. */
  open(): Promise<BaseStore>;
  close(): Promise<void>;
}

type Model = Map<string, BaseEntry>;

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;

/** Ascending in n; of different lengths. */
const keyOf = (n: number): Uint8Array =>
  Uint8Array.of(0x30, n >> 8, n & 0xff, ...(n % 3 === 0 ? [] : [n % 7]));
export const digestOf = (n: number): Uint8Array => new Uint8Array(16).fill(n + 1);
const key = fc.nat(4000).map(keyOf);
const entry: fc.Arbitrary<BaseEntry> = fc.oneof(
  fc
    .record({
      key,
      digest: fc.nat(3).map(digestOf),
      token: fc.nat(9),
      // A value text, which is never empty.
      body: fc.option(fc.string({ minLength: 1, maxLength: 9, unit: "binary" })),
    })
    .map((e) => ({
      key: e.key,
      state: "present" as const,
      digest: e.digest,
      token: `${e.token}.op`,
      ...(e.body === null ? {} : { body: e.body }),
    })),
  fc.record({ key, state: fc.constantFrom("absent" as const, "noBase" as const, "deleted" as const) }),
);
/** Long enough to make several leaves, or to touch many that are there. */
const run: fc.Arbitrary<BaseEntry[]> = fc
  .record({
    from: fc.nat(3000),
    step: fc.integer({ min: 1, max: 3 }),
    count: fc.nat(3000),
    body: fc.boolean(),
  })
  .map(({ from, step, count, body }) =>
    Array.from({ length: count }, (_, i) => ({
      key: keyOf(from + i * step),
      state: "present" as const,
      digest: digestOf((from + i) % 4),
      token: `${count}.run`,
      ...(body ? { body: `body ${i}` } : {}),
    })),
  );
const onceByKey = (given: readonly BaseEntry[]): BaseEntry[] => [
  ...new Map(given.map((e) => [toHex(e.key), e])).values(),
];
const entries = fc.oneof(fc.array(entry, { maxLength: 20 }).map(onceByKey), run);
const command = fc.record({ how: fc.constantFrom("write" as const, "writeBatch" as const), entries });

function applyToModel(model: Model, given: readonly BaseEntry[]): void {
  for (const next of given) {
    const hex = toHex(next.key);
    const before = model.get(hex);
    const isSame =
      next.state === "present" &&
      before?.digest !== undefined &&
      toHex(before.digest) === toHex(next.digest ?? new Uint8Array());
    const body = next.body ?? (isSame ? before?.body : undefined);
    const { body: _dropped, ...rest } = next;
    model.set(hex, body === undefined ? rest : { ...rest, body });
  }
}

function toBatch(given: readonly BaseEntry[]) {
  const latest: Model = new Map(given.map((e) => [toHex(e.key), e]));
  const builder = new EntryBatchBuilder();
  for (const [, e] of [...latest].sort(byKey)) {
    builder.push(e.key, e.state === "noBase" ? EntryState.noBase : EntryState[e.state], e.digest, e.token);
  }
  const { count, ...batch } = builder.build();
  const withoutBodies = [...latest.values()].map(({ body: _dropped, ...rest }) => rest);
  return { batch: { count, ...batch }, withoutBodies };
}

export async function scanAll(
  store: BaseStore,
  options: ScanOptions,
): Promise<[string, number, string, string][]> {
  const seen: [string, number, string, string][] = [];
  for await (const batch of store.scan(options)) {
    expect(batch.count).toBeGreaterThan(0);
    if (options.batchSize !== undefined) expect(batch.count).toBeLessThanOrEqual(options.batchSize);
    for (let i = 0; i < batch.count; i++) {
      seen.push([toHex(keyAt(batch, i)), stateAt(batch, i), toHex(digestAt(batch, i)), tokenAt(batch, i)]);
    }
  }
  return seen;
}

const STATES = { present: 0, deleted: 1, absent: 3, noBase: 4 };
const rowOf = (hex: string, e: BaseEntry): [string, number, string, string] => [
  hex,
  STATES[e.state],
  toHex(e.digest ?? new Uint8Array(16)),
  e.token ?? "",
];

export function describeBaseStore(name: string, makeBed: () => Promise<BaseStoreBed>, numRuns = 25): void {
  describe(name, () => {
    test("whatever is written is scanned in order, resumed anywhere, and read back with its body", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { minLength: 1, maxLength: 6 }),
          fc.nat(),
          fc.integer({ min: 1, max: 700 }),
          async (commands, pick, batchSize) => {
            const bed = await makeBed();
            const model: Model = new Map();
            for (const { how, entries: given } of commands) {
              const store = await bed.open();
              if (how === "write") {
                await store.write(given);
                applyToModel(model, given);
              } else {
                const { batch, withoutBodies } = toBatch(given);
                await store.writeBatch(batch);
                applyToModel(model, withoutBodies);
              }
            }
            const store = await bed.open();
            const expected = [...model].sort(byKey);
            expect(await scanAll(store, { batchSize })).toEqual(expected.map(([hex, e]) => rowOf(hex, e)));

            const from = expected[pick % Math.max(expected.length, 1)];
            const to = expected[(pick * 7) % Math.max(expected.length, 1)];
            if (from && to) {
              const [lower, upper] = from[0] <= to[0] ? [from, to] : [to, from];
              expect(
                await scanAll(store, { after: lower[1].key, range: { upper: upper[1].key }, batchSize }),
              ).toEqual(
                expected.filter(([hex]) => hex > lower[0] && hex < upper[0]).map(([hex, e]) => rowOf(hex, e)),
              );
              expect(await scanAll(store, { range: { lower: lower[1].key }, batchSize })).toEqual(
                expected.filter(([hex]) => hex >= lower[0]).map(([hex, e]) => rowOf(hex, e)),
              );
            }

            const asked = [
              ...expected.map(([, e]) => e.key).reverse(),
              Uint8Array.of(0x10),
              Uint8Array.of(0x30, 0x05),
            ];
            expect(await store.read(asked)).toEqual(asked.map((k) => model.get(toHex(k))));
            const heads = (await store.read(asked, { bodies: false })).map(withoutBody);
            expect(heads).toEqual(asked.map((k) => withoutBody(model.get(toHex(k)))));
            await bed.close();
          },
        ),
        { numRuns },
      );
    });

    test("an entry without a body keeps that of the same digest, and drops that of another", async () => {
      const bed = await makeBed();
      const store = await bed.open();
      await store.write([present(1, "one"), present(2, "two"), present(3, "three")]);
      const builder = new EntryBatchBuilder();
      builder.push(keyOf(1), EntryState.present, present(1).digest, "2.op");
      builder.push(keyOf(2), EntryState.present, new Uint8Array(16).fill(99), "2.op");
      await store.writeBatch(builder.build());
      await store.write([{ key: keyOf(3), state: "deleted", token: "2.op" }]);
      const [one, two, three] = await (await bed.open()).read([keyOf(1), keyOf(2), keyOf(3)]);
      expect(one).toEqual({ ...present(1), token: "2.op", body: "one" });
      expect(two?.body).toBeUndefined();
      expect(three).toEqual({ key: keyOf(3), state: "deleted", token: "2.op" });
      await bed.close();
    });

    test("what a compare knew of both sides is kept, and replaced as a whole", async () => {
      const bed = await makeBed();
      const store = await bed.open();
      expect(await store.completeAt()).toBeUndefined();
      expect(await store.knownSides()).toBeUndefined();
      await store.setCompleteAt(5);
      const known = { databaseVersion: 3, keyPath: ["a", "b"], autoIncrement: true };
      await store.setKnownSides(known);
      const again = await bed.open();
      expect(await again.completeAt()).toBe(5);
      expect(await again.knownSides()).toEqual(known);
      await again.setKnownSides({ databaseVersion: 4, keyPath: null, autoIncrement: false });
      expect(await again.knownSides()).toEqual({ databaseVersion: 4, keyPath: null, autoIncrement: false });
      await bed.close();
    });

    test("the journal comes back in order, of each apply its own", async () => {
      const bed = await makeBed();
      const store = await bed.open();
      const entries = Array.from({ length: 2500 }, (_, n) => journalEntry("a", n, `body ${n}`));
      await store.journal(entries.slice(0, 2100));
      await store.journal([journalEntry("b", 1, "other")]);
      await store.journal(entries.slice(2100));
      const read: LocalJournalEntry[] = [];
      for await (const rows of (await bed.open()).journalOf("a")) read.push(...rows);
      expect(read).toEqual(entries);
      await bed.close();
    });

    test("the latest outcome of an operation counts, and a plan is replaced as a whole", async () => {
      const bed = await makeBed();
      const store = await bed.open();
      const now = Date.now();
      await store.savePlan(header("a", now), { operations: [{ key: keyOf(1) }] });
      await store.saveOutcomes("a", [
        { opId: "x", status: "unknown", reason: "no answer" },
        { opId: "y", status: "applied", token: "1.y" },
        { opId: "z", status: "rejected", code: "too-large", reason: "The body has 9 MB." },
      ]);
      await store.saveOutcomes("a", [{ opId: "x", status: "applied", token: "2.x" }]);
      await store.savePlan(header("a", now, now + 7), { operations: [] });
      await store.savePlan(header("b", now + 1), { operations: [] });
      const again = await bed.open();
      const saved = await again.plan("a");
      expect(saved?.header).toMatchObject(header("a", now, now + 7));
      expect(saved?.plan).toEqual({ operations: [] });
      expect(new Map(Array.from(saved?.outcomes ?? [], (outcome) => [outcome.opId, outcome]))).toEqual(
        new Map([
          ["x", { opId: "x", status: "applied", token: "2.x" }],
          ["y", { opId: "y", status: "applied", token: "1.y" }],
          ["z", { opId: "z", status: "rejected", code: "too-large", reason: "The body has 9 MB." }],
        ]),
      );
      expect(await again.plan("c")).toBeUndefined();
      expect((await again.applies()).map(({ applyId }) => applyId)).toEqual(["b", "a"]);
      await bed.close();
    });
  });
}

function present(n: number, body?: string): BaseEntry {
  const entry = { key: keyOf(n), state: "present", digest: digestOf(n % 250), token: "1.op" } as const;
  return body === undefined ? entry : { ...entry, body };
}

function header(applyId: string, startedAt: number, finishedAt?: number): ApplyHeader {
  const begun = { applyId, startedAt, kind: "apply", counts: {} } as const;
  return finishedAt === undefined ? begun : { ...begun, finishedAt };
}

function journalEntry(applyId: string, n: number, body: string): LocalJournalEntry {
  const before = { digest: digestOf(1), body };
  return { applyId, opId: `op-${n}`, key: keyOf(n), before, after: null };
}

function withoutBody(entry: BaseEntry | undefined): unknown {
  if (entry === undefined) return undefined;
  const { body: _, ...head } = entry;
  return head;
}
