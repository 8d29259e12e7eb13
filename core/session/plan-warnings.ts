/** What a person should know of a plan before it runs. */
import { decodeKey } from "../key/decode-key.ts";
import { applyPlan } from "./apply-plan.ts";
import type { Plan } from "./plan.ts";
import type { StoreDescription } from "./ports.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

export type PlanWarning =
  /** A side would refuse these operations, for this reason: a unique index, an object that cannot be copied, … */
  | {
      readonly is: "refused";
      readonly side: "local" | "remote";
      readonly reason: string;
      readonly operations: number;
    }
  /** These would come back as conflicts: their records moved since the compare. */
  | { readonly is: "moved"; readonly operations: number }
  /** Not tried beforehand, such as too many operations: a dry run tells. The page's store has these unique indexes. */
  | { readonly is: "untried"; readonly operations: number; readonly indexes: readonly string[] }
  /** Records with numbers as keys are created in a store that generates keys: it goes on after the highest. */
  | { readonly is: "keyGenerator"; readonly creates: number; readonly highest: number }
  /** What is created lacks the fields that the mapping ignores. */
  | { readonly is: "ignoredFields"; readonly creates: number; readonly fields: readonly string[] }
  /** What the remote cannot keep its writes from. */
  | { readonly is: "caution"; readonly said: string };

export interface PlanWarningOptions {
  /** The mapping's ignored fields. */
  readonly ignore?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Operations that are tried beforehand, by a dry run of them. */
const MAX_TRIED = 500;

/**
 * The warnings of a plan. A small plan is tried: its dry run is exactly what the run would meet now.
 *
 * @throws SessionError "read-failed".
 */
export async function findPlanWarnings(
  ports: SessionPorts,
  plan: Plan,
  { ignore = [], signal }: PlanWarningOptions = {},
): Promise<PlanWarning[]> {
  const { schema } = await onSide("local", "read-failed", "Describing the store", () =>
    ports.local.describe(),
  );
  const { local, remote } = plan.counts;
  const creates = local.create + remote.create;
  const { caution } = ports.remote.capabilities;
  const writesThere = remote.create + remote.replace + remote.delete > 0;
  return [
    ...(await tryOut(ports, plan, schema, signal)),
    ...generatorWarnings(plan, schema),
    ...(ignore.length > 0 && creates > 0 ? [{ is: "ignoredFields", creates, fields: ignore } as const] : []),
    ...(caution !== undefined && writesThere ? [{ is: "caution", said: caution } as const] : []),
  ];
}

async function tryOut(
  ports: SessionPorts,
  plan: Plan,
  schema: StoreDescription,
  signal: AbortSignal | undefined,
): Promise<PlanWarning[]> {
  const { local } = plan.counts;
  const unique = schema.indexes.filter((index) => index.unique).map(({ name }) => name);
  const untried: PlanWarning = {
    is: "untried",
    operations: plan.operations.length,
    indexes: local.create + local.replace > 0 ? unique : [],
  };
  const mayWrite = ports.remote.capabilities.writable;
  if (plan.operations.length > MAX_TRIED || !mayWrite) return [untried];
  const { outcomes, complete } = await applyPlan(ports, plan, { dryRun: true, signal });
  if (!complete) return [untried];
  const moved = outcomes.filter(({ status }) => status === "conflict").length;
  const refused = new Map<string, Extract<PlanWarning, { is: "refused" }>>();
  outcomes.forEach((outcome, i) => {
    const side = plan.operations.at(i)?.side;
    if (outcome.status !== "rejected" || side === undefined || side === "base") return;
    const { reason } = outcome;
    const operations = (refused.get(`${side} ${reason}`)?.operations ?? 0) + 1;
    refused.set(`${side} ${reason}`, { is: "refused", side, reason, operations });
  });
  return [...refused.values(), ...(moved > 0 ? [{ is: "moved", operations: moved } as const] : [])];
}

/** By the specification, a generator goes on after the highest number that was stored as a key. */
function generatorWarnings(plan: Plan, { autoIncrement }: StoreDescription): PlanWarning[] {
  if (!autoIncrement) return [];
  const numbers = plan.operations
    .filter(({ side, action }) => side === "local" && action === "create")
    .map(({ key }) => decodeKey(key))
    .filter((key) => typeof key === "number");
  if (numbers.length === 0) return [];
  const highest = numbers.reduce((most, key) => Math.max(most, key), Number.NEGATIVE_INFINITY);
  return [{ is: "keyGenerator", creates: numbers.length, highest }];
}
