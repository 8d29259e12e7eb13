/** From what was read of a key to the drift that is shown, and to what the base learns from it. */
import { classify, isGone } from "../diff/classify.ts";
import type { Decision, Drift, SideState } from "./drift.ts";
import type { BaseEntry, RemoteCapabilities } from "./ports.ts";
import type { Rechecked } from "./recheck.ts";

const LEAVE: Decision = { do: "leave" };

/** The drift of a reread key; its kind is "equal" when the sides agree after all. */
export function makeDrift(read: Rechecked, baseKnown: boolean, capabilities: RemoteCapabilities): Drift {
  const { key, local, remote, base } = read;
  const found = classify(local, remote, base, baseKnown);
  const drift: Drift = { key, local, remote, base, ...found };
  if (found.kind === "unreadable" || found.kind === "notRepresentable") return drift;
  if (!read.inScope && !isGone(remote)) return { ...drift, kind: "leftScope", proposal: LEAVE };
  if (found.kind === "equal") return drift;
  if (read.moving) return { ...drift, kind: "moving", proposal: LEAVE };
  const reason = unrepresentable(key, local, capabilities);
  if (reason === undefined) return drift;
  return { ...drift, kind: "notRepresentable", proposal: LEAVE, local: { ...local, reason } };
}

/**
 * What a complete compare writes to the base for this key; undefined when the base needs nothing. Equal sides
 * without an entry, or with a new token, are the new base. A key whose ancestor is not known gets an entry that
 * says so, since a missing entry will mean "was absent on both sides".
 */
export function baseLearnedFrom(drift: Drift, baseKnown: boolean): BaseEntry | undefined {
  const { key, local, remote, base } = drift;
  if (drift.kind !== "equal") {
    return base === undefined && !baseKnown ? { key, state: "noBase" } : undefined;
  }
  if (local.state === "present" && local.digest) {
    if (base?.state === "present" && base.token === remote.token) return undefined;
    return withToken({ key, state: "present", digest: local.digest }, remote.token);
  }
  if (base?.state !== "noBase" && base?.token === remote.token) return undefined;
  return withToken({ key, state: remote.state === "deleted" ? "deleted" : "absent" }, remote.token);
}

/** Why the remote can never hold this record; sizes of bodies are checked when they are read. */
function unrepresentable(
  key: Uint8Array,
  local: SideState,
  capabilities: RemoteCapabilities,
): string | undefined {
  const limit = capabilities.maxKeyBytes;
  if (limit === undefined || isGone(local) || key.length <= limit) return undefined;
  return `The key takes ${key.length} bytes; the remote's keys hold ${limit}.`;
}

function withToken(entry: BaseEntry, token: string | undefined): BaseEntry {
  return token === undefined ? entry : { ...entry, token };
}
