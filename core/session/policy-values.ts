/** The bodies of the drifts that a policy looks at, a bounded part at a time. */
import { decodeValue } from "../codec/decode-value.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import { NOTHING } from "../merge/slot.ts";
import type { Drift } from "./drift.ts";
import type { BaseEntry, RecordRead } from "./ports.ts";
import { readRecords } from "./read-records.ts";
import { messageOf, onSide } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";
import { sameSide, sideStateOf } from "./side-state.ts";

/** One drift as a policy sees it: value texts, absent where the side (or the base) has none. */
export interface PolicyBodies {
  readonly local: string | undefined;
  readonly remote: string | undefined;
  readonly base: string | undefined;
}

/** The same, decoded; `NOTHING` where there is none. */
export interface PolicyValues {
  readonly local: unknown;
  readonly remote: unknown;
  readonly base: unknown;
}

/** UTF-16 units of bodies of one side in memory at a time. */
const MAX_UNITS = 4_000_000;

/**
 * Reads as many of these drifts, from the first on, as fit into memory: at least one. A text in place of bodies
 * says why a policy can do nothing about that drift.
 *
 * @throws SessionError "read-failed", "malformed-answer" or "base-failed"; the signal's reason.
 */
export async function readForPolicy(
  { local, remote, base }: SessionPorts,
  drifts: readonly Drift[],
  signal: AbortSignal | undefined,
): Promise<(PolicyBodies | string)[]> {
  const keys = drifts.map(({ key }) => key);
  const [here, there, before] = await Promise.all([
    readRecords("local", local, keys, MAX_UNITS, signal),
    readRecords("remote", remote, keys, MAX_UNITS, signal),
    onSide("base", "base-failed", "Reading the base", () => base.read(keys)),
  ]);
  const read = Math.min(here.length, there.length);
  return drifts
    .slice(0, read)
    .map((drift, i) => bodiesOf(drift, here[i] as RecordRead, there[i] as RecordRead, before[i]));
}

function bodiesOf(
  drift: Drift,
  local: RecordRead,
  remote: RecordRead,
  base: BaseEntry | undefined,
): PolicyBodies | string {
  for (const [where, read] of [
    ["here", local],
    ["there", remote],
  ] as const) {
    if (read.state === "unreadable") return `unreadable ${where}: ${read.reason ?? "no reason is known"}`;
    if (read.blocked !== undefined) return `never written: ${read.blocked}`;
  }
  if (!sameSide(drift.local, sideStateOf(local)) || !sameSide(drift.remote, sideStateOf(remote))) {
    return "moved since the compare: compare again";
  }
  const isAncestor = base?.state === "present" && equalBytes(base.digest, drift.base?.digest);
  return { local: local.body, remote: remote.body, base: isAncestor ? base.body : undefined };
}

/** A text says why one of them cannot be decoded. */
export function decodeForPolicy(bodies: PolicyBodies): PolicyValues | string {
  const decode = (body: string | undefined): unknown => (body === undefined ? NOTHING : decodeValue(body));
  try {
    return { local: decode(bodies.local), remote: decode(bodies.remote), base: decode(bodies.base) };
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}
