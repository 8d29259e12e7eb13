import { describe, expect, test } from "vitest";
import { age, bytes, clock, count, duration, plural } from "../../../extension/panel/format/numbers.ts";

describe("numbers as the panel writes them", () => {
  test("counts and sizes", () => {
    expect(count(12_480)).toBe("12,480");
    expect(plural(1, "record")).toBe("1 record");
    expect(plural(2_000, "entry", "entries")).toBe("2,000 entries");
    expect([0, 999, 1000, 2_412_331, 999_600, 5e9].map(bytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "2.4 MB",
      "1.0 MB",
      "5.0 GB",
    ]);
  });

  test("times", () => {
    const now = new Date(2026, 10, 21, 12, 9).getTime();
    expect(clock(new Date(2026, 10, 21, 9, 5).getTime(), now)).toBe("09:05");
    expect(clock(new Date(2026, 10, 20, 16, 58).getTime(), now)).toBe("20 Nov 16:58");
    expect([30_000, 14 * 60_000, 2 * 3_600_000, 72 * 3_600_000].map((ms) => age(now - ms, now))).toEqual([
      "just now",
      "14 min ago",
      "2 h ago",
      "3 days ago",
    ]);
    expect([400, 12_000, 200_000].map(duration)).toEqual(["0.4 s", "12 s", "3 min"]);
  });
});
