/** Comparing anew: only what changed where both sides can tell, else everything, and always saying which it was. */
import { type ComparedPart, type CompareOptions, compare, toGoOnFrom } from "./compare.ts";
import { compareChanges, type EarlierComparison, type LocalHints, readSince } from "./compare-changes.ts";
import type { CompareTrail, Comparison, FullReason } from "./drift.ts";
import { checkpointOfNow, moveCheckpoint, staleness } from "./remote-changes.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

/** What is known of the page's writes since the earlier comparison began, or why that is nothing. */
export type LocalKnowledge = LocalHints | { readonly unknown: FullReason };

/** With the checkpoint after which every remote change comes that the part does not hold, where there are any. */
export type PartOfAll = ComparedPart & { readonly checkpoint?: string };

export interface CompareAgainOptions extends Omit<CompareOptions, "range" | "onRun" | "onPart"> {
  /** Of a comparison of all records. */
  readonly onPart?: ((part: PartOfAll) => Promise<void>) | undefined;
  /** The last comparison of these ports in this session, whole or not. */
  readonly earlier?: Comparison | undefined;
  /** As a promise, so that both sides are asked at the same time. */
  readonly local: LocalKnowledge | Promise<LocalKnowledge>;
}

/**
 * Compares the changed keys alone where the earlier comparison is whole, the remote lists its changes since, and
 * the page's writes since are known; else all records. A remote that was put back or made anew, and a database of
 * the page that was upgraded or made anew, are recognised and compared whole.
 *
 * A cancelled comparison of all records answers what was compared so far; a cancelled one of changed keys answers
 * the earlier comparison, which still holds.
 *
 * @throws As `compare` and `compareChanges`, but never "stale-checkpoint".
 */
export async function compareAgain(ports: SessionPorts, options: CompareAgainOptions): Promise<Comparison> {
  const { earlier, signal } = options;
  const reason = reasonForAll(ports, options);
  if (reason !== undefined) {
    // From where the page's writes are known must lie before the first record that is read.
    await options.local;
    return compareAll(ports, options, reason);
  }
  const from = earlier as EarlierComparison;
  const since = readSince(ports, from, signal);
  // Its failure counts where it is awaited.
  since.catch(() => undefined);
  const local = await options.local;
  if ("unknown" in local) {
    await since.catch(() => undefined);
    return compareAll(ports, options, local.unknown);
  }
  try {
    return await compareChanges(ports, from, local, since, options);
  } catch (error) {
    if (signal?.aborted) return from;
    if (!(error instanceof SessionError)) throw error;
    if (error.code === "other-store") return await compareAll(ports, options, "cleared");
    if (error.code !== "stale-checkpoint") throw error;
    return await compareAll(ports, options, "remoteGoneBack", error.message);
  }
}

/** Undefined: the changed keys are enough, where the page's are known. */
function reasonForAll(
  { remote }: SessionPorts,
  { earlier, resumeFrom }: CompareAgainOptions,
): FullReason | undefined {
  if (resumeFrom || !earlier?.complete || earlier.remoteAsOf !== undefined) return "first";
  if (!remote.capabilities.changes) return "noChanges";
  return earlier.trail?.checkpoint === undefined ? "first" : undefined;
}

async function compareAll(
  ports: SessionPorts,
  options: CompareAgainOptions,
  reason: FullReason,
  detail?: string,
): Promise<Comparison> {
  const { remote } = ports;
  const { signal } = options;
  const resumed = toGoOnFrom(options.resumeFrom)?.trail;
  if (signal?.aborted) return compare(ports, options);
  let why: NonNullable<Comparison["fullBecause"]> = detail === undefined ? { reason } : { reason, detail };
  let checkpoint = resumed?.checkpoint;
  const milestones = [...(resumed?.milestones ?? [])];
  try {
    const gone = await forgetStaleCheckpoint(ports, signal);
    if (gone !== undefined) why = { reason: "remoteGoneBack", detail: gone };
    // Before the first record is read: what changes from now on comes after it.
    if (!resumed) checkpoint = await checkpointOfNow(remote, signal);
  } catch (error) {
    // Cancelled before anything was read.
    if (signal?.aborted) return compare(ports, options);
    throw error;
  }
  const onRun = (key: Uint8Array, records: number): void => {
    milestones.push({ key, records });
  };
  const since = checkpoint === undefined ? {} : { checkpoint };
  const onPart = async (part: ComparedPart): Promise<void> => options.onPart?.({ ...part, ...since });
  const compared = await compare(ports, { ...options, onRun, onPart });
  if (compared.complete) await moveCheckpoint(ports, checkpoint, compared.drifts);
  const trail: CompareTrail = checkpoint === undefined ? { milestones } : { checkpoint, milestones };
  return { ...compared, fullBecause: why, trail };
}

/**
 * The base's own checkpoint outlives sessions: it tells that the remote was put back while nobody looked.
 *
 * @returns in the remote's words what became of it, where it is of no use any more
 */
async function forgetStaleCheckpoint(
  { remote, base }: SessionPorts,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!remote.capabilities.changes) return undefined;
  const checkpoint = await onSide(
    "base",
    "base-failed",
    "Reading the checkpoint of the remote's changes",
    () => base.remoteCheckpoint(),
  );
  if (checkpoint === undefined) return undefined;
  const why = await staleness(remote, checkpoint, signal);
  if (why === undefined) return undefined;
  await onSide("base", "base-failed", "Forgetting a checkpoint that leads nowhere", () =>
    base.setRemoteCheckpoint(undefined),
  );
  return why;
}
