import { expect, test } from "vitest";
import { estimateTime } from "../../../core/session/estimate-time.ts";
import type { ApplyHeader, ApplyPace } from "../../../core/session/ports.ts";

const counts = (local: number, remote: number) => ({
  local: { create: local, replace: 0, delete: 0 },
  remote: { create: 0, replace: remote, delete: 0 },
});

const applies = (...paces: (ApplyPace | undefined)[]): ApplyHeader[] =>
  paces.map((pace, i) => ({
    applyId: `a${i}`,
    startedAt: 0,
    kind: "apply",
    counts: {},
    ...(pace ? { pace } : {}),
  }));

const pace = (milliseconds: number, local: number, remote: number): ApplyPace => ({
  milliseconds,
  local,
  remote,
});

test("the slower side tells, by the best of the earlier rates", () => {
  const earlier = applies(pace(1000, 500, 2000), undefined, pace(2000, 2000, 0));
  expect(estimateTime(counts(1000, 0), earlier)).toBe(1000);
  expect(estimateTime(counts(1000, 8000), earlier)).toBe(4000);
});

test("nothing follows from an apply that wrote far less, or that took no time", () => {
  expect(estimateTime(counts(1000, 0), applies(pace(1000, 99, 5000)))).toBeUndefined();
  expect(estimateTime(counts(1000, 0), applies(pace(1000, 100, 0)))).toBe(10_000);
  expect(estimateTime(counts(1, 0), applies(pace(0, 1, 0)))).toBeUndefined();
});

test("without an earlier apply, or for a plan that writes no side, there is no estimate", () => {
  expect(estimateTime(counts(1, 1), [])).toBeUndefined();
  expect(estimateTime(counts(0, 0), applies(pace(1000, 500, 500)))).toBeUndefined();
});
