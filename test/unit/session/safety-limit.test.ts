import { expect, test } from "vitest";
import type { Comparison } from "../../../core/session/drift.ts";
import type { Plan } from "../../../core/session/plan.ts";
import { overLimit } from "../../../core/session/safety-limit.ts";

const none = { create: 0, replace: 0, delete: 0 };

const planned = (local: object, remote: object) =>
  ({ counts: { local: { ...none, ...local }, remote: { ...none, ...remote } } }) as Plan;

const of = (localRows: number, remoteRows: number) => ({ localRows, remoteRows }) as Comparison;

test("what is made anew never counts, what is deleted or replaced does, side by side", () => {
  expect(overLimit(planned({ create: 1000 }, { create: 1000 }), of(0, 0), 0.2)).toBeUndefined();
  expect(overLimit(planned({ replace: 12, delete: 8 }, {}), of(100, 100), 0.2)).toBeUndefined();
  expect(overLimit(planned({ replace: 12, delete: 9 }, {}), of(100, 100), 0.2)).toEqual({
    side: "local",
    count: 21,
    of: 100,
  });
  expect(overLimit(planned({ delete: 5 }, { delete: 21 }), of(1000, 100), 0.2)).toEqual({
    side: "remote",
    count: 21,
    of: 100,
  });
});

test("of few records ten may always go; with a limit of 100 % all may", () => {
  expect(overLimit(planned({}, { delete: 10 }), of(12, 12), 0.2)).toBeUndefined();
  expect(overLimit(planned({}, { delete: 11 }), of(12, 12), 0.2)).toMatchObject({ count: 11 });
  expect(overLimit(planned({}, { delete: 5000 }), of(0, 5000), 1)).toBeUndefined();
});
