/** Rule 7, decision 20: a store that may have been emptied must not turn into mass deletion. */
import { isGone } from "../diff/classify.ts";
import type { Decision, Drift, EmptiedEvidence } from "./drift.ts";

const GONE_ALWAYS = 100;
const GONE_SHARE = 0.2;
/** Two of five records deleted by hand are no emptied store. */
const GONE_AT_LEAST = 3;

const DECIDE: Decision = { do: "decide" };

/**
 * The sides from which so many of the base's records are gone that they may have been emptied.
 *
 * @param baseRows How many records the base had.
 */
export function findEmptied(drifts: readonly Drift[], baseRows: number): EmptiedEvidence[] {
  const gone = { local: 0, remote: 0 };
  for (const drift of drifts) {
    if (drift.base?.state !== "present") continue;
    if (isGone(drift.local)) gone.local++;
    if (isGone(drift.remote)) gone.remote++;
  }
  return (["local", "remote"] as const)
    .filter((side) => isMany(gone[side], baseRows))
    .map((side) => ({ side, gone: gone[side], of: baseRows }));
}

/** Deletions that follow from an emptied side are proposed by nobody: a person decides. */
export function withoutProposedDeletes(
  drifts: readonly Drift[],
  emptied: readonly EmptiedEvidence[],
): readonly Drift[] {
  if (emptied.length === 0) return drifts;
  const kinds = emptied.map(({ side }) => (side === "local" ? "removedHere" : "removedThere"));
  return drifts.map((drift) =>
    kinds.some((kind) => kind === drift.kind) && drift.proposal.do !== "leave"
      ? { ...drift, proposal: DECIDE }
      : drift,
  );
}

function isMany(gone: number, of: number): boolean {
  return gone > GONE_ALWAYS || (gone >= GONE_AT_LEAST && gone > of * GONE_SHARE);
}
