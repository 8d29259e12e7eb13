/** What a command does about each drift. It writes in its own direction alone, and decides nothing silently. */
import type { MappingSettings, Policy } from "../../../core/mapping/mapping-settings.ts";
import {
  BOTH_WAYS,
  type Direction,
  decisionByDirection,
  NO_WAY,
  withinDirection,
} from "../../../core/session/direction.ts";
import type { Comparison, Decision, Drift, EmptiedEvidence } from "../../../core/session/drift.ts";
import { isSuspect } from "../../../core/session/emptied.ts";
import { proposeByPolicy } from "../../../core/session/policy.ts";
import type { CustomPolicy } from "../../../core/session/policy-custom.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";

export type SyncCommand = "diff" | "push" | "pull" | "resolve" | "watch";

export interface Decided {
  readonly drift: Drift;
  readonly decision: Decision;
  /** Of a policy. */
  readonly reason?: string;
}

export interface DecideOptions {
  readonly command: SyncCommand;
  readonly policy: Policy;
  readonly settings: MappingSettings;
  /** Whether the name of the place that would lose the records was typed (rule 7). */
  readonly accepts: (evidence: EmptiedEvidence) => boolean;
  readonly custom?: CustomPolicy | undefined;
  /** What is left whatever a policy says. */
  readonly leaves?: (drift: Drift) => boolean;
  readonly signal: AbortSignal;
}

/**
 * - push: what was added, changed or removed here, and what is only here; it writes the remote alone.
 * - pull: the same the other way; it writes the page alone.
 * - resolve: what the policy says about drift that both sides had a hand in; it may write either, or both.
 * - watch: all of these, both ways.
 * - diff: the same proposals, for showing.
 *
 * What a policy decides against the command's direction is left, like everything else that is not its business.
 *
 * @throws As proposeByPolicy.
 */
export async function decideAll(
  ports: SessionPorts,
  comparison: Comparison,
  options: DecideOptions,
): Promise<Decided[]> {
  const { drifts, emptied } = comparison;
  const { policy, settings, custom, signal } = options;
  const proposed = new Map<number, { readonly decision: Decision; readonly reason: string }>();
  const { identities } = settings;
  const proposals = proposeByPolicy(ports, drifts, {
    policy,
    emptied,
    custom,
    signal,
    ...(identities === undefined ? {} : { identities }),
  });
  for await (const some of proposals) {
    for (const { index, decision, reason } of some) proposed.set(index, { decision, reason });
  }
  return drifts.map((drift, index) => {
    if (options.leaves?.(drift)) return { drift, decision: { do: "leave" } };
    const byPolicy = proposed.get(index);
    const decision = byPolicy?.decision ?? ownDecision(drift, emptied, options);
    return {
      drift,
      decision: withinCommand(decision, options.command, byPolicy !== undefined),
      ...(byPolicy === undefined ? {} : { reason: byPolicy.reason }),
    };
  });
}

function ownDecision(
  drift: Drift,
  emptied: readonly EmptiedEvidence[],
  { command, accepts }: DecideOptions,
): Decision {
  // The command itself is the decision.
  const decision = decisionByDirection(drift, DECIDES[command]);
  if (decision.do !== "decide") return decision;
  const accepted = emptied.find((evidence) => isSuspect(drift, [evidence]) && accepts(evidence));
  if (accepted?.side === "local" && drift.there === "none") return { do: "push" };
  if (accepted?.side === "remote" && drift.here === "none") return { do: "pull" };
  return decision;
}

/** Which sides a command writes, what a policy says apart. */
const DECIDES: Readonly<Record<SyncCommand, Direction>> = {
  diff: NO_WAY,
  push: { local: false, remote: true },
  pull: { local: true, remote: false },
  resolve: NO_WAY,
  watch: BOTH_WAYS,
};

function withinCommand(decision: Decision, command: SyncCommand, isByPolicy: boolean): Decision {
  // Nothing is written by a diff: it shows what would be, both ways.
  if (command === "diff" || (command === "resolve" && isByPolicy)) return decision;
  return withinDirection(decision, DECIDES[command]);
}
