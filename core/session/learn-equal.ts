import { baseBatch } from "./base-batch.ts";
import type { Drift } from "./drift.ts";
import { baseLearnedFrom } from "./make-drift.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/**
 * Writes to the base what was found equal among these (ascending), durably.
 *
 * @param baseKnown Whether a key without an entry is known to have been absent.
 * @throws SessionError "base-failed"
 */
export async function learnEqual(
  { base }: SessionPorts,
  drifts: readonly Drift[],
  baseKnown: boolean,
): Promise<void> {
  const learned = drifts
    .map((drift) => baseLearnedFrom(drift, baseKnown))
    .filter((entry) => entry !== undefined);
  if (learned.length === 0) return;
  await onSide("base", "base-failed", "Writing what was found equal to the base", () =>
    base.writeBatch(baseBatch(learned)),
  );
}
