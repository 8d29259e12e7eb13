import { expect, test } from "vitest";
import { compare } from "../../../core/session/compare.ts";
import type { Plan } from "../../../core/session/plan.ts";
import { findPlanWarnings } from "../../../core/session/plan-warnings.ts";
import type { StoreDescription } from "../../../core/session/ports.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { planOf, pull, push } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

/** Ports to a store with another schema than the model's. */
function portsWith(world: World, schema: Partial<StoreDescription>): SessionPorts {
  const { local, ...ports } = world.ports();
  const describe = local.describe.bind(local);
  local.describe = async () => {
    const described = await describe();
    return { ...described, schema: { ...described.schema, ...schema } };
  };
  return { ...ports, local };
}

async function planToPull(world: World): Promise<Plan> {
  return planOf(world, await compare(world.ports()), () => pull);
}

const unique = { name: "by_mail", keyPath: "mail", unique: true, multiEntry: false };

test("a plan in which nothing is wrong has no warning, and trying it writes nothing", async () => {
  const world = new World();
  world.remote.put(hexOf(1), "a");
  const plan = await planToPull(world);
  expect(await findPlanWarnings(portsWith(world, { indexes: [unique] }), plan)).toEqual([]);
  expect(world.bodies("local")).toEqual({});
});

test("what a side would refuse is told with its reason, counted; what moved is a conflict", async () => {
  const world = new World();
  for (const key of [1, 2])
    world.local.put(hexOf(key), `opaque ${key}`, { blocked: "a CryptoKey is inside" });
  world.local.put(hexOf(3), "plain");
  const plan = planOf(world, await compare(world.ports()), () => push);
  world.local.put(hexOf(3), "moved");
  expect(await findPlanWarnings(world.ports(), plan)).toEqual([
    { is: "refused", side: "remote", reason: "a CryptoKey is inside", operations: 2 },
    { is: "moved", operations: 1 },
  ]);
});

test("a large plan is not tried: the unique indexes that it may meet are named", async () => {
  const world = new World();
  for (let i = 0; i < 501; i++) world.remote.put(hexOf(i), "a");
  const ports = portsWith(world, { indexes: [unique, { ...unique, name: "by_tag", unique: false }] });
  expect(await findPlanWarnings(ports, await planToPull(world))).toEqual([
    { is: "untried", operations: 501, indexes: ["by_mail"] },
  ]);
});

test("a plan that cannot be tried to its end says so", async () => {
  const world = new World();
  world.remote.put(hexOf(1), "a");
  const plan = await planToPull(world);
  const broken = world.ports({ fault: (point) => (point === "local.write" ? "fail" : "none") });
  expect(await findPlanWarnings(broken, plan)).toEqual([{ is: "untried", operations: 1, indexes: [] }]);
  const readOnly = new World({ writable: false });
  readOnly.local.put(hexOf(1), "a");
  const pushed = planOf(readOnly, await compare(readOnly.ports()), () => push);
  expect(await findPlanWarnings(readOnly.ports(), pushed)).toEqual([
    { is: "untried", operations: 1, indexes: [] },
  ]);
});

test("a key generator goes on after the highest number that is created here", async () => {
  const world = new World();
  for (const key of [3, 40, 7]) world.remote.put(hexOf(key), "a");
  world.remote.put(hexOf("text"), "a");
  world.local.put(hexOf(99), "a");
  const drifts = await compare(world.ports());
  const plan = planOf(world, drifts, ({ local }) => (local.state === "present" ? push : pull));
  expect(await findPlanWarnings(portsWith(world, { autoIncrement: true }), plan)).toEqual([
    { is: "keyGenerator", creates: 3, highest: 40 },
  ]);
});

test("created records lack what the mapping ignores; replaced ones do not", async () => {
  const world = new World();
  world.putBoth(1, "a");
  await compare(world.ports());
  world.remote.put(hexOf(1), "b");
  const replacing = await planToPull(world);
  expect(await findPlanWarnings(world.ports(), replacing, { ignore: ["seen"] })).toEqual([]);
  world.remote.put(hexOf(2), "b");
  expect(await findPlanWarnings(world.ports(), await planToPull(world), { ignore: ["seen"] })).toEqual([
    { is: "ignoredFields", creates: 1, fields: ["seen"] },
  ]);
});

test("what a remote cannot keep a write from is told where something is written there", async () => {
  const world = new World();
  world.local.put(hexOf(1), "a");
  world.remote.put(hexOf(2), "b");
  const result = await compare(world.ports());
  const { remote, ...ports } = world.ports();
  Object.defineProperty(remote, "capabilities", {
    value: { ...remote.capabilities, caution: "Others are not held off." },
  });
  const careful = { ...ports, remote };
  const pushed = planOf(world, result, ({ kind }) => (kind === "onlyHere" ? push : { do: "leave" }));
  expect(await findPlanWarnings(careful, pushed)).toEqual([
    { is: "caution", said: "Others are not held off." },
  ]);
  const pulled = planOf(world, result, ({ kind }) => (kind === "onlyThere" ? pull : { do: "leave" }));
  expect(await findPlanWarnings(careful, pulled)).toEqual([]);
});
