import type { Drift } from "./drift.ts";
import type { BaseEntry, RecordRead } from "./ports.ts";
import { readRecords } from "./read-records.ts";
import { onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sameSide, sideStateOf } from "./side-state.ts";

/** One drift with its bodies. */
export interface DriftBodies {
  readonly local: RecordRead;
  readonly remote: RecordRead;
  readonly base: BaseEntry | undefined;
  /** A side moved since the drift was classified: `refreshDrifts` classifies it anew. */
  readonly stale: boolean;
}

/**
 * Reads the whole record of a drift from both sides and the base.
 *
 * @throws SessionError "read-failed", "malformed-answer" or "base-failed"; the signal's reason.
 */
export async function readDrift(
  ports: Pick<SessionPorts, "local" | "base"> & { readonly remote: Pick<SessionPorts["remote"], "read"> },
  drift: Drift,
  signal?: AbortSignal,
): Promise<DriftBodies> {
  const keys = [drift.key];
  const [[local], [remote], [base]] = await Promise.all([
    readRecords("local", ports.local, keys, 0, signal),
    readRecords("remote", ports.remote, keys, 0, signal),
    onSide("base", "base-failed", "Reading the base", () => ports.base.read(keys)),
  ]);
  const here = local ?? { key: drift.key, state: "absent" };
  const there = remote ?? { key: drift.key, state: "absent" };
  const stale = !sameSide(drift.local, sideStateOf(here)) || !sameSide(drift.remote, sideStateOf(there));
  return { local: here, remote: there, base, stale };
}
