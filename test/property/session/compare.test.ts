import fc from "fast-check";
import { expect, test } from "vitest";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison } from "../../../core/session/drift.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { runs } from "../../support/models/runs.ts";
import { settle } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const KEYS = 12;
const body = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
/** What was there when the base was made, and what each side has now; undefined is nothing. */
const records = fc.array(fc.record({ before: body, local: body, remote: body }), { maxLength: KEYS });
type Records = { before: string | undefined; local: string | undefined; remote: string | undefined }[];

async function worldOf(list: Records): Promise<World> {
  const world = new World();
  list.forEach(({ before }, key) => {
    if (before !== undefined) world.putBoth(key, before);
  });
  await compare(world.ports());
  list.forEach(({ before, local, remote }, key) => {
    for (const [side, now] of [
      ["local", local],
      ["remote", remote],
    ] as const) {
      if (now === before) continue;
      if (now === undefined) world[side].delete(hexOf(key));
      else world[side].put(hexOf(key), now);
    }
  });
  return world;
}

/** Everything but times. */
function result({ startedAt: _, finishedAt: __, earlierPart: ___, drifts, ...rest }: Comparison) {
  return { ...rest, drifts: [...drifts] };
}

test("rule 9: a compare's answer does not depend on batch size, cancels or resumes", async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.integer({ min: 1, max: 15 }),
      fc.nat(40),
      async (list, batchSize, cancelAt) => {
        const expected = await compare((await worldOf(list)).ports());
        const batched = await compare((await worldOf(list)).ports(), { batchSize, rereadSize: 3 });
        expect(result(batched)).toEqual(result(expected));

        const world = await worldOf(list);
        const cancelling = new AbortController();
        let calls = 0;
        const interfere = () => {
          if (++calls === cancelAt) cancelling.abort();
        };
        const first = await compare(world.ports({ interfere }), {
          batchSize,
          rereadSize: 2,
          signal: cancelling.signal,
        });
        const second = first.complete
          ? first
          : await compare(world.ports(), { batchSize, resumeFrom: first });
        expect(result(second)).toEqual(result(expected));
      },
    ),
    { numRuns: runs(150) },
  );
});

test("rule 14: clocks decide nothing", async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.array(fc.integer(), { minLength: 3 }), async (list, times) => {
      let reads = 0;
      const clock = () => times[reads++ % times.length] ?? 0;
      const expected = await compare((await worldOf(list)).ports());
      const world = await worldOf(list);
      world.base.completeAt = times[0];
      const found = await compare(world.ports(), { clock });
      expect(result(found)).toEqual(result(expected));
      const { report } = await settle(world, ({ proposal }) => proposal, { clock });
      expect(report.counts.conflict).toBe(0);
    }),
    { numRuns: runs(100) },
  );
});

test("rule 9: batches of 1, 7, 1,000 and of the stores' own size give the same answer", async () => {
  const bodies = ["a", "b", "c", undefined];
  const many = Array.from({ length: 2_500 }, (_, i) => ({
    before: bodies[i % 4],
    local: bodies[(i >> 2) % 4],
    remote: bodies[(i >> 4) % 4],
  }));
  const answers: ReturnType<typeof result>[] = [];
  for (const batchSize of [1, 7, 1_000, undefined]) {
    answers.push(result(await compare((await worldOf(many)).ports(), { batchSize })));
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.drifts.length).toBeGreaterThan(1_000);
});
