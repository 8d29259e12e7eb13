/** A plan's operations by column are the operations that were made, also once they were saved. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DRIFT_KINDS } from "../../../core/session/drift.ts";
import { packOperations } from "../../../core/session/operation-columns.ts";
import { headsOf, OperationListBuilder, PackedOperations } from "../../../core/session/operation-list.ts";
import { packPlan, unpackPlan } from "../../../core/session/packed-plan.ts";
import type { Plan, PlannedOperation } from "../../../core/session/plan.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: "grapheme" });
const opId = fc.stringMatching(/^[0-9a-z]{1,26}$/);
const key = fc.uint8Array({ minLength: 1, maxLength: 20 });

const entry = fc.record(
  {
    state: fc.constantFrom("present", "deleted", "absent", "noBase"),
    digest: bytes(16),
    token: opId,
    body: text,
  },
  { requiredKeys: ["state"] },
);

const operation: fc.Arbitrary<PlannedOperation> = fc
  .record(
    {
      opId,
      key,
      side: fc.constantFrom("local", "remote", "base"),
      action: fc.constantFrom("create", "replace", "delete", "base"),
      expectLocal: fc.option(bytes(16)),
      expectRemote: fc.option(opId),
      digest: fc.option(bytes(16)),
      source: fc.constantFrom("local", "remote", "inline", "none"),
      body: text,
      baseAfter: fc.option(entry, { nil: undefined }),
      baseBody: text,
      baseBefore: entry,
      kind: fc.constantFrom(...DRIFT_KINDS),
      keepBaseToken: fc.constant(true as const),
    },
    {
      requiredKeys: [
        "opId",
        "key",
        "side",
        "action",
        "expectLocal",
        "expectRemote",
        "digest",
        "source",
        "baseAfter",
      ],
    },
  )
  .map((made) => {
    const { baseAfter, baseBefore, baseBody, ...rest } = made;
    const { body: _body, ...after } = baseAfter ?? { state: "absent" };
    return {
      ...rest,
      baseAfter: baseAfter && { key: made.key, ...after },
      ...(baseAfter && baseBody !== undefined ? { baseBody } : {}),
      ...(baseBefore ? { baseBefore: { key: made.key, ...baseBefore } } : {}),
    } as PlannedOperation;
  });

const operations = fc.array(operation, { maxLength: 40 });

/** In chunks of three, as a builder makes them of thousands. */
function inSmallChunks(all: readonly PlannedOperation[]): PackedOperations {
  const chunks = [];
  for (let from = 0; from < all.length; from += 3) chunks.push(packOperations(all.slice(from, from + 3)));
  return new PackedOperations(chunks);
}

test("whatever is asked of a list of columns, it answers as the array does", () => {
  fc.assert(
    fc.property(operations, fc.nat(45), fc.nat(45), (all, from, to) => {
      const list = inSmallChunks(all);
      expect([...list]).toEqual(all);
      expect(list.length).toBe(all.length);
      expect(list.at(from)).toEqual(all.at(from));
      expect(list.at(-1)).toEqual(all.at(-1));
      expect(list.slice(from, to)).toEqual(all.slice(from, to));
      expect(list.map(({ opId }, i) => [opId, i])).toEqual(all.map(({ opId }, i) => [opId, i]));
      const isPush = ({ side }: PlannedOperation): boolean => side === "remote";
      expect(list.filter(isPush)).toEqual(all.filter(isPush));
      expect(list.some(isPush)).toBe(all.some(isPush));
      expect(list.every(isPush)).toBe(all.every(isPush));
      expect(list.findIndex(isPush)).toBe(all.findIndex(isPush));
      const heads = [...headsOf(list)];
      expect(all).toMatchObject(heads);
      expect(heads).toHaveLength(all.length);
    }),
  );
});

/** As format 2 had them: every column there, ids and tokens as texts. */
function columnsOfFormat2(all: readonly PlannedOperation[]) {
  const digests = (of: (operation: PlannedOperation) => Uint8Array | null | undefined) => ({
    bytes: Uint8Array.from(all.flatMap((operation) => [...(of(operation) ?? new Uint8Array(16))])),
    has: Uint8Array.from(all, (operation) => (of(operation) ? 1 : 0)),
  });
  const packed = packOperations(all);
  return {
    ...packed,
    opIds: all.map(({ opId }) => opId),
    expectLocal: digests(({ expectLocal }) => expectLocal),
    expectRemote: all.map(({ expectRemote }) => expectRemote),
    digests: digests(({ digest }) => digest),
    baseAfter: {
      ...packed.baseAfter,
      digests: digests(({ baseAfter }) => baseAfter?.digest),
      tokens: all.map(({ baseAfter }) => baseAfter?.token ?? null),
    },
    baseBefore: {
      ...packed.baseBefore,
      digests: digests(({ baseBefore }) => baseBefore?.digest),
      tokens: all.map(({ baseBefore }) => baseBefore?.token ?? null),
    },
  };
}

test("a plan that was saved is the plan, of this format and of those before", () => {
  fc.assert(
    fc.property(operations, (all) => {
      const builder = new OperationListBuilder();
      for (const one of all) builder.push(one);
      const about: Omit<Plan, "operations"> = {
        applyId: "apply",
        createdAt: 7,
        kind: "apply",
        counts: {
          local: { create: 0, replace: 0, delete: 0 },
          remote: { create: 0, replace: 0, delete: 0 },
        },
        confirmations: [],
        notWritten: { left: 3 },
      };
      const formats = [
        packPlan({ ...about, operations: builder.build() }),
        packPlan({ ...about, operations: all }),
        { format: 2, about, chunks: [columnsOfFormat2(all)] },
        { format: 1, about, ...columnsOfFormat2(all) },
      ];
      for (const saved of formats) {
        const { operations: read, ...rest } = unpackPlan(structuredClone(saved));
        expect(rest).toEqual(about);
        expect([...read]).toEqual(all);
      }
    }),
  );
});

test("thousands of operations are several chunks", () => {
  const builder = new OperationListBuilder();
  const [one] = fc.sample(operation, 1) as [PlannedOperation];
  for (let i = 0; i < 10_000; i++) builder.push({ ...one, opId: `op${i}` });
  const list = builder.build();
  expect(list.chunks.length).toBeGreaterThan(1);
  expect(list.length).toBe(10_000);
  expect(list.at(9_999)?.opId).toBe("op9999");
  expect(list.slice(4_090, 4_100).map(({ opId }) => opId)).toEqual(
    Array.from({ length: 10 }, (_, i) => `op${4_090 + i}`),
  );
});
