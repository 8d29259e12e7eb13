import type {
  Counts,
  DriftscopePanel,
  OutcomeCounts,
  PlanCount,
} from "../test/support/panel/driftscope-panel.ts";
import { RESOLUTIONS, type Resolution } from "./edits.ts";

export interface Applied {
  readonly push: number;
  readonly pull: number;
  readonly resolved: number;
}

/** Pushes everything that the page holds: page, remote and base are one state then. */
export async function bringToOneState(panel: DriftscopePanel): Promise<number> {
  await panel.compare();
  await panel.decideAllShown("Push");
  const planned = await panel.preview();
  return appliedAll(planned, await panel.apply());
}

/** Writes what only one side changed to the other, each way, and leaves the conflicts undecided. */
export async function pushAndPull(panel: DriftscopePanel): Promise<Pick<Applied, "push" | "pull">> {
  const planned = await panel.preview();
  appliedAll(planned, await panel.apply());
  return { push: operationsOn("remote", planned), pull: operationsOn("local", planned) };
}

/** Settles each conflict as a person would, and applies what was settled. */
export async function resolveConflicts(panel: DriftscopePanel): Promise<number> {
  await panel.toggleKind("conflict");
  for (const { id, resolution } of RESOLUTIONS) await resolve(panel, id, resolution);
  const planned = await panel.preview();
  appliedAll(planned, await panel.apply());
  return RESOLUTIONS.length;
}

async function resolve(panel: DriftscopePanel, id: string, resolution: Resolution): Promise<void> {
  if (resolution === "keep here") return panel.decide(id, "push");
  if (resolution === "keep there") return panel.decide(id, "pull");
  await panel.openThreeWay(id);
  if (resolution !== "merge") {
    if ("typed" in resolution) await panel.editField(resolution.field, JSON.stringify(resolution.typed));
    else await panel.takeField(resolution.fieldFromThere, "remote");
  }
  return panel.keepResult(id);
}

/** True when the comparison found no difference that is left to settle. */
export function isSettled(counts: Counts): boolean {
  return Object.keys(counts).every((kind) => kind === "equal" || kind === "converged");
}

function operationsOn(side: PlanCount["side"], planned: readonly PlanCount[]): number {
  return planned.filter((count) => count.side === side).reduce((sum, { count }) => sum + count, 0);
}

/** @throws Error when an outcome is anything but "applied", or the plan promised more. */
function appliedAll(planned: readonly PlanCount[], outcomes: OutcomeCounts): number {
  const promised = planned.reduce((sum, { count }) => sum + count, 0);
  const { applied = 0, ...others } = outcomes;
  if (applied < promised || Object.keys(others).length > 0) {
    throw new Error(`${promised} operations were planned, the outcomes are ${JSON.stringify(outcomes)}`);
  }
  return applied;
}
