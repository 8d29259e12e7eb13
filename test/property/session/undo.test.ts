import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Comparison, Decision } from "../../../core/session/drift.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import { digestOf, hexOf } from "../../support/models/bodies.ts";
import { runs } from "../../support/models/runs.ts";
import { planOf } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const body = fc.constantFrom("a", "b", "c", "gone", "never");
const choice = fc.constantFrom<"push" | "pull" | "merge" | "renew">("push", "push", "pull", "merge", "renew");
const records = fc.array(fc.record({ base: body, local: body, remote: body, choice }), {
  minLength: 1,
  maxLength: 8,
});

function write(world: World, side: "local" | "remote", key: number, now: string): void {
  if (now === "never") return;
  if (now !== "gone") world[side].put(hexOf(key), now);
  else world[side].delete(hexOf(key));
}

/** What a drift list shows of a record that is not converged: everything but tokens. */
function shown({ drifts }: Comparison, without: ReadonlySet<string>): string[] {
  return drifts
    .filter(({ key }) => !without.has(toHex(key)))
    .map(({ key, kind, noBase, here, there }) => [toHex(key), kind, noBase, here, there].join(" "));
}

test("an undo restores both sides and shows the same drift; an undo of the undo does it all again", async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.boolean(), async (list, withBase) => {
      const world = new World();
      list.forEach(({ base }, key) => {
        write(world, "local", key, base);
        write(world, "remote", key, base);
      });
      if (withBase) await compare(world.ports());
      list.forEach(({ local, remote }, key) => {
        write(world, "local", key, local);
        write(world, "remote", key, remote);
      });
      const comparison = await compare(world.ports());
      const decisions = new Map(list.map((record, key) => [hexOf(key), record.choice]));
      const plan = planOf(world, comparison, ({ key }): Decision => {
        const wanted = decisions.get(toHex(key)) ?? "renew";
        return wanted === "merge" ? { do: "merge", body: "m", digest: digestOf("m") } : { do: wanted };
      });
      // Renewals of the base write no side: an undo leaves them.
      const renewed = new Set(
        plan.operations.filter(({ side }) => side === "base").map(({ key }) => toHex(key)),
      );
      const sides = () => [world.bodies("local"), world.bodies("remote")];
      const before = sides();
      let applyId = plan.applyId;
      await applyPlan(world.ports(), plan, { confirmed: ["items"] });
      const after = sides();
      const done = shown(await compare(world.ports()), renewed);
      for (const [expectedSides, expectedDrift] of [
        [before, shown(comparison, renewed)],
        [after, done],
        [before, shown(comparison, renewed)],
      ] as const) {
        const undo = await planUndo(world.ports(), applyId, world.newOpId, 2);
        const report = await applyPlan(world.ports(), undo, { confirmed: ["items"] });
        expect(report.counts.applied).toBe(undo.operations.length);
        expect(sides()).toEqual(expectedSides);
        expect(shown(await compare(world.ports()), renewed)).toEqual(expectedDrift);
        applyId = undo.applyId;
      }
    }),
    { numRuns: runs(120) },
  );
});
