/**
 * Outcomes as they are stored: by column, since structured cloning pays for every object; only those that did
 * not apply, which are few, stay as they are.
 */
import type { WriteOutcome } from "../../core/session/ports.ts";
import { withOwnBytes } from "./own-bytes.ts";

export interface PackedOutcomes {
  readonly opIds: readonly string[];
  /** null where it has none. */
  readonly tokens: readonly (string | null)[];
  /** By index; all others applied. */
  readonly notApplied: ReadonlyMap<number, WriteOutcome>;
}

export function packOutcomes(outcomes: readonly WriteOutcome[]): PackedOutcomes {
  const tokens: (string | null)[] = [];
  const notApplied = new Map<number, WriteOutcome>();
  for (const [i, outcome] of outcomes.entries()) {
    const isApplied = outcome.status === "applied";
    tokens.push(isApplied ? (outcome.token ?? null) : null);
    if (!isApplied) notApplied.set(i, withOwnBytes(outcome));
  }
  return { opIds: outcomes.map(({ opId }) => opId), tokens, notApplied };
}

export function unpackOutcomes({ opIds, tokens, notApplied }: PackedOutcomes): WriteOutcome[] {
  return opIds.map((opId, i) => {
    const token = tokens[i];
    return (
      notApplied.get(i) ??
      (typeof token === "string" ? { opId, status: "applied", token } : { opId, status: "applied" })
    );
  });
}
