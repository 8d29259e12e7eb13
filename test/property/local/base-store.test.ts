import fc from "fast-check";
import { expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { BaseEntry, ScanOptions } from "../../../core/session/ports.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import type { BaseRow, BodiesRow } from "../../../extension/local/local-database.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { baseIdentity, failWrites, memoryDatabases } from "../../support/local-database.ts";

type Model = Map<string, BaseEntry>;

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;

/** Ascending in n; of different lengths. */
const keyOf = (n: number): Uint8Array =>
  Uint8Array.of(0x30, n >> 8, n & 0xff, ...(n % 3 === 0 ? [] : [n % 7]));
const digestOf = (n: number): Uint8Array => new Uint8Array(16).fill(n + 1);
const key = fc.nat(4000).map(keyOf);
const entry: fc.Arbitrary<BaseEntry> = fc.oneof(
  fc
    .record({
      key,
      digest: fc.nat(3).map(digestOf),
      token: fc.nat(9),
      body: fc.option(fc.string({ maxLength: 9 })),
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

async function scanAll(
  store: DexieBaseStore,
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

test("whatever is written is scanned in order, resumed anywhere, and read back with its body", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 1, max: 700 }),
      async (commands, pick, batchSize) => {
        const databases = memoryDatabases();
        const options = { locks: inProcessLocks(), mappingName: "visits" };
        let db = databases.reopen();
        const model: Model = new Map();
        for (const { how, entries: given } of commands) {
          const store = await DexieBaseStore.open(db, baseIdentity(), options);
          if (how === "write") {
            await store.write(given);
            applyToModel(model, given);
          } else {
            const { batch, withoutBodies } = toBatch(given);
            await store.writeBatch(batch);
            applyToModel(model, withoutBodies);
          }
          db.close();
          db = databases.reopen();
        }
        const store = await DexieBaseStore.open(db, baseIdentity(), options);
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
        db.close();
      },
    ),
    { numRuns: 25 },
  );
});

test("a crash at any write leaves whole transactions, and the same entries complete them", async () => {
  const count = 20_000;
  const written = Array.from({ length: count }, (_, n) => ({
    key: Uint8Array.of(0x30, n >> 16, (n >> 8) & 0xff, n & 0xff),
    state: "present" as const,
    digest: digestOf(n % 200),
    body: `body ${n}`,
  }));
  // Five writes a transaction: leaves and bodies deleted and put, and the base's own row.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 16 }), async (after) => {
      const databases = memoryDatabases();
      const options = { locks: inProcessLocks(), mappingName: "visits" };
      const dying = databases.reopen();
      const killed = { after, times: Number.POSITIVE_INFINITY, error: () => new Error("killed") };
      failWrites(dying, killed);
      const store = await DexieBaseStore.open(dying, baseIdentity(), options);
      const outcome = await store.write(written).then(
        () => "done",
        (error: Error) => error.message,
      );
      dying.close();

      const db = databases.reopen();
      const again = await DexieBaseStore.open(db, baseIdentity(), options);
      const kept = await scanAll(again, {});
      expect(kept).toHaveLength(outcome === "done" ? count : kept.length - (kept.length % 8192));
      expect(kept.map(([hex]) => hex)).toEqual(written.slice(0, kept.length).map((e) => toHex(e.key)));
      const bodies: BodiesRow[] = await db.table("bodies").toArray();
      const [base]: BaseRow[] = await db.table("bases").toArray();
      expect(base?.bodyUnits).toBe(bodies.reduce((sum, row) => sum + row.size, 0));
      expect(bodies.reduce((sum, row) => sum + row.texts.length, 0)).toBe(kept.length);
      await again.write(written);
      expect(await scanAll(again, {})).toHaveLength(count);
      expect(await again.read([at(written, 0).key, at(written, count - 1).key])).toEqual([
        at(written, 0),
        at(written, count - 1),
      ]);
      db.close();
    }),
    { numRuns: 6 },
  );
});

function at<T>(items: readonly T[], i: number): T {
  return items[i] as T;
}
