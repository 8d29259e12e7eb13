/**
 * What somebody who said "push", "pull" or "keep in sync" has decided by that about each drift, without being asked
 * about it: what one side alone did goes to the other, and what only one side has is made on the other. Everything
 * else is a person's or a policy's.
 */
import type { Decision, Drift } from "./drift.ts";

/** The sides that may be written. */
export interface Direction {
  readonly local: boolean;
  readonly remote: boolean;
}

export const BOTH_WAYS: Direction = { local: true, remote: true };
export const NO_WAY: Direction = { local: false, remote: false };

/** What was made on one side overwrites nothing on the other, so that it needs no base. */
export function decisionByDirection(
  { kind, proposal }: Pick<Drift, "kind" | "proposal">,
  direction: Direction,
): Decision {
  if (direction.remote && kind === "onlyHere") return { do: "push" };
  if (direction.local && kind === "onlyThere") return { do: "pull" };
  return proposal;
}

/** What would write a side that is not to be written is left. */
export function withinDirection(decision: Decision, { local, remote }: Direction): Decision {
  switch (decision.do) {
    case "push":
      return remote ? decision : { do: "leave" };
    case "pull":
      return local ? decision : { do: "leave" };
    case "merge":
      return local && remote ? decision : { do: "leave" };
    case "renew":
    case "leave":
    case "decide":
      return decision;
  }
}
