/** What every base store has to do, whatever it is kept in: compared with a model in memory. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { digestAt, keyAt, stateAt, tokenAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { BaseEntry, BaseStore, ScanOptions } from "../../../core/session/ports.ts";

/** Where one base is kept; opened again, it is what another process would see. */
export interface BasePlace {
  open(): Promise<{ readonly store: BaseStore; close(): void }>;
  dispose(): void;
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

export function baseStoreSuite(makePlace: () => BasePlace): void {
  test("whatever is written is scanned in order, resumed anywhere, and read back with its body", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 700 }),
        async (commands, pick, batchSize) => {
          const place = makePlace();
          const model: Model = new Map();
          for (const { how, entries: given } of commands) {
            const { store, close } = await place.open();
            if (how === "write") {
              await store.write(given);
              applyToModel(model, given);
            } else {
              const { batch, withoutBodies } = toBatch(given);
              await store.writeBatch(batch);
              applyToModel(model, withoutBodies);
            }
            close();
          }
          const { store, close } = await place.open();
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
          close();
          place.dispose();
        },
      ),
      { numRuns: 25 },
    );
  });
}
