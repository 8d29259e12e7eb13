/** Whatever a policy proposes, and whatever is compared: what it may never do. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { isGone } from "../../../core/diff/classify.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { Policy } from "../../../core/mapping/mapping-settings.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import type { Decision, Drift } from "../../../core/session/drift.ts";
import { proposeByPolicy } from "../../../core/session/policy.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { runs } from "../../support/models/runs.ts";
import { planOf } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

const KEYS = 12;
const change = fc.record({
  key: fc.nat(KEYS - 1),
  side: fc.constantFrom<"local" | "remote">("local", "remote"),
  to: fc.oneof(
    { arbitrary: fc.record({ at: fc.nat(3), by: fc.nat(2) }), weight: 4 },
    { arbitrary: fc.constantFrom("deleted" as const, "unreadable" as const), weight: 1 },
  ),
});
const policy = fc.constantFrom<Policy>(
  { is: "localWins" },
  { is: "remoteWins" },
  { is: "newestWins", field: ["at"] },
  { is: "mergeFields" },
  { is: "custom", name: "random" },
);

function make(
  world: World,
  { key, side, to }: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  if (to === "deleted") world[side].delete(hexOf(key));
  else if (to === "unreadable") world.local.put(hexOf(key), "torn", { unreadable: "torn" });
  else world[side].put(hexOf(key), encodeValue({ id: key, ...to }));
}

test("a policy decides conflicts alone, deletes nothing without a base, and its proposals can be applied", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 20 }),
      fc.array(change, { maxLength: 30 }),
      policy,
      fc.boolean(),
      async (before, after, policy, baseKnown) => {
        const world = new World();
        for (const each of before) make(world, each);
        if (baseKnown) await compare(world.ports());
        for (const each of after) make(world, each);
        const comparison = await compare(world.ports());
        const { drifts, emptied } = comparison;
        const decided = new Map<string, { drift: Drift; decision: Decision }>();
        const custom: NonNullable<Parameters<typeof proposeByPolicy>[2]["custom"]> = async (conflicts) =>
          conflicts.map(({ local, remote }, i) =>
            i % 2 === 0 ? { take: local === undefined ? "remote" : "local" } : { value: remote ?? "1" },
          );
        for await (const some of proposeByPolicy(world.ports(), drifts, { policy, emptied, custom })) {
          for (const { index, decision, reason } of some) {
            expect(reason).not.toBe("");
            const drift = drifts.at(index) as Drift;
            decided.set(toHex(drift.key), { drift, decision });
          }
        }
        for (const { drift } of decided.values()) {
          expect(["conflict", "different"]).toContain(drift.kind);
          const gone = isGone(drift.local) || isGone(drift.remote);
          expect(gone && (drift.noBase || drift.base?.state !== "present")).toBe(false);
          for (const { side } of emptied) expect(isGone(drift[side])).toBe(false);
        }
        const plan = planOf(
          world,
          comparison,
          (drift) => decided.get(toHex(drift.key))?.decision ?? { do: "leave" },
        );
        const { counts } = await applyPlan(world.ports(), plan, { confirmed: ["items"] });
        // The model's digest of a text is not the product's: what is merged is refused there.
        expect(counts.conflict + counts.unknown).toBe(0);
      },
    ),
    { numRuns: runs(300) },
  );
});
