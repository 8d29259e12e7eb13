import { expect, test, vi } from "vitest";
import { ProgressLine } from "../../../bridge/headless/progress-line.ts";

test("rows, rate and time left, of comparing and of writing apart", () => {
  vi.useFakeTimers();
  const line = new ProgressLine("shop/orders", 10_000);
  const compared = (localRows: number) =>
    line.compared({ localRows, remoteRows: 0, drifts: 3, phase: "scan" });
  expect(compared(0)).toBe("shop/orders: comparing 0 of 10,000 rows, 0/s, 3 differ");
  vi.advanceTimersByTime(2000);
  expect(compared(4000)).toBe("shop/orders: comparing 4,000 of 10,000 rows, 2,000/s, 3 s left, 3 differ");
  line.applied({ done: 0, of: 700, outcomes: {} });
  vi.advanceTimersByTime(1000);
  expect(line.applied({ done: 10, of: 700, outcomes: { applied: 9, conflict: 1 } })).toBe(
    "shop/orders: writing 10 of 700 rows, 10/s, 1 min 9 s left, 1 conflict",
  );
  vi.useRealTimers();
});
