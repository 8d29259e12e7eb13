import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../support/models/runs.ts";
import { actions } from "./actions.ts";
import regressions from "./machine.regressions.json" with { type: "json" };
import { type Action, Machine } from "./machine.ts";

describe("two stores, other writers, and sessions that die", () => {
  test("rules 1, 2, 3, 4, 5, 8, 9, 11 and 13 hold after every action", async () => {
    const numRuns = runs(10_000);
    let rechecked = 0;
    const property = fc.asyncProperty(actions, async (list) => {
      const machine = new Machine();
      await machine.run(list);
      rechecked += machine.rechecked;
    });
    await fc.assert(property, { numRuns });
    // Comparisons of changed keys that were held against what must be found.
    expect(rechecked).toBeGreaterThan(numRuns / 10);
  }, 86_400_000);

  test.for(regressions.map((list, i) => [i, list] as const))("regression %i", async ([, list]) => {
    await new Machine().run(list as unknown as Action[]);
  });
});
