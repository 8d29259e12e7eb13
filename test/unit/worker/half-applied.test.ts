import { expect, test } from "vitest";
import { countHalfApplied } from "../../../extension/panel/worker/sync/half-applied.ts";

const operation = (opId: string, key: number, side: "local" | "remote") => ({
  opId,
  key: Uint8Array.of(key),
  side,
  action: "replace" as const,
  expectLocal: null,
  expectRemote: null,
  digest: null,
  source: "inline" as const,
  baseAfter: undefined,
});

test("counts records that were written there but not here, each once", () => {
  const operations = [
    operation("a", 1, "remote"),
    operation("b", 1, "local"),
    operation("c", 2, "remote"),
    operation("d", 2, "local"),
    operation("e", 3, "remote"),
    operation("f", 3, "local"),
    operation("g", 4, "local"),
    operation("h", 5, "remote"),
    operation("i", 6, "remote"),
    operation("j", 6, "local"),
  ];
  const statuses = [
    "applied",
    "conflict",
    "applied",
    "applied",
    "conflict",
    "notRun",
    "conflict",
    "applied",
    "applied",
  ] as const;
  const outcomes = statuses.map((status) => ({ status }));
  // 1: refused here; 6: nothing is known of here.
  expect(countHalfApplied({ operations }, outcomes)).toBe(2);
});
