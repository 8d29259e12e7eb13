import fc from "fast-check";
import { expect, test } from "vitest";
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { keyAt } from "../../../core/batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { type JoinRow, joinEntries } from "../../../core/diff/join-entries.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { digestOf, keyOf } from "../../support/models/bodies.ts";
import { runs } from "../../support/models/runs.ts";

const KEYS = 30;
const numRuns = runs(300);

interface Source {
  readonly keys: readonly number[];
  /** Sizes of batches, repeated; 0 is an empty batch. */
  readonly cuts: readonly number[];
}

const source: fc.Arbitrary<Source> = fc.record({
  keys: fc.uniqueArray(fc.nat(KEYS), { maxLength: KEYS }).map((keys) => keys.sort((a, b) => a - b)),
  cuts: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }).filter((cuts) => cuts.some((cut) => cut > 0)),
});

async function* batches({ keys, cuts }: Source): AsyncGenerator<EntryBatch> {
  const builder = new EntryBatchBuilder();
  for (let at = 0, turn = 0; at < keys.length; turn++) {
    const size = cuts[turn % cuts.length] ?? 1;
    for (const key of keys.slice(at, at + size)) {
      builder.push(keyOf(key), EntryState.present, digestOf(`${key}`), "1.x");
    }
    yield builder.build();
    at += size;
  }
}

function keyOfRow(row: JoinRow): number {
  const [batch, at] = row.local
    ? [row.local, row.localAt]
    : row.remote
      ? [row.remote, row.remoteAt]
      : [row.base, row.baseAt];
  if (!batch) throw new Error("A row of no source.");
  for (const [other, index] of [
    [row.local, row.localAt],
    [row.remote, row.remoteAt],
    [row.base, row.baseAt],
  ] as const) {
    if (other) expect(keyAt(other, index)).toEqual(keyAt(batch, at));
  }
  return Number(decodeKey(keyAt(batch, at)));
}

test("rule 9: every key is visited once, in order, however the sources cut their batches", async () => {
  await fc.assert(
    fc.asyncProperty(source, source, source, fc.nat(5), async (local, remote, base, pauseEvery) => {
      const visited: string[] = [];
      let pauses = 0;
      await joinEntries(
        { local: batches(local), remote: batches(remote), base: batches(base) },
        {
          visit: (row) => {
            const who = [row.local && "l", row.remote && "r", row.base && "b"].filter(Boolean).join("");
            visited.push(`${keyOfRow(row)} ${who}`);
            return pauseEvery > 0 && visited.length % pauseEvery === 0;
          },
          pause: async () => {
            pauses++;
          },
        },
      );
      const expected: string[] = [];
      for (let key = 0; key <= KEYS; key++) {
        const who = [local, remote, base].map(({ keys }, i) => (keys.includes(key) ? "lrb".charAt(i) : ""));
        if (who.some((name) => name !== "")) expected.push(`${key} ${who.join("")}`);
      }
      expect(visited).toEqual(expected);
      if (pauseEvery > 0) expect(pauses).toBeGreaterThanOrEqual(Math.floor(visited.length / pauseEvery));
    }),
    { numRuns },
  );
});

test("rule 12: a source that is not in order, or that fails, is named, and nothing after is visited", async () => {
  const place = fc.constantFrom("local" as const, "remote" as const, "base" as const);
  await fc.assert(
    fc.asyncProperty(source, place, fc.boolean(), fc.nat(KEYS), async (good, name, fails, at) => {
      const broken = async function* (): AsyncGenerator<EntryBatch> {
        yield* batches({ keys: good.keys.filter((key) => key <= at), cuts: good.cuts });
        if (fails) throw new Error("The server died.");
        yield* batches({ keys: [at, at + 1], cuts: [2] });
        yield* batches({ keys: [at], cuts: [1] });
      };
      const sources = { local: batches(good), remote: batches(good), base: batches(good), [name]: broken() };
      const visited: number[] = [];
      const joining = joinEntries(sources, {
        visit: (row) => {
          visited.push(keyOfRow(row));
          return false;
        },
        pause: async () => undefined,
      });
      const code = fails ? "scan-failed" : "out-of-order";
      await expect(joining).rejects.toMatchObject({ code, source: name });
      expect(Math.max(-1, ...visited)).toBeLessThanOrEqual(at + 1);
    }),
    { numRuns: Math.ceil(numRuns / 3) },
  );
});

test("both sides are read at the same time, one batch ahead, and no further", async () => {
  const log: string[] = [];
  const slow = async function* (name: string): AsyncGenerator<EntryBatch> {
    for (let key = 0; key < 5; key++) {
      log.push(`${name} ${key}`);
      yield* batches({ keys: [key], cuts: [1] });
    }
  };
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const joining = joinEntries(
    { local: slow("local"), remote: slow("remote"), base: slow("base") },
    { visit: () => true, pause: () => held },
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(log.toSorted()).toEqual(["base 0", "base 1", "local 0", "local 1", "remote 0", "remote 1"]);
  release();
  await joining;
});
