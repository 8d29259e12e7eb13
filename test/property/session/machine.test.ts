import fc from "fast-check";
import { describe, test } from "vitest";
import { runs } from "../../support/models/runs.ts";
import { actions } from "./actions.ts";
import regressions from "./machine.regressions.json" with { type: "json" };
import { type Action, Machine } from "./machine.ts";

describe("two stores, other writers, and sessions that die", () => {
  test("rules 1, 2, 3, 5, 8, 9, 11 and 13 hold after every action", async () => {
    const property = fc.asyncProperty(actions, async (list) => await new Machine().run(list));
    await fc.assert(property, { numRuns: runs(10_000) });
  }, 86_400_000);

  test.for(regressions.map((list, i) => [i, list] as const))("regression %i", async ([, list]) => {
    await new Machine().run(list as unknown as Action[]);
  });
});
