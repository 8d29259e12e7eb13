import { AgentError, type AgentErrorCode } from "../../../../agent/wire/agent-error.ts";
import { BridgeConnectError } from "../../../../core/protocol/client/bridge-errors.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../../../core/protocol/protocol-error.ts";
import { SessionError, type SessionSide } from "../../../../core/session/session-error.ts";
import { PanelError, type PanelErrorCode } from "../panel-error.ts";

/** The backend, or the way to it. */
const REMOTE_AWAY: ReadonlySet<ProtocolErrorCode> = new Set([
  "backend-unavailable",
  "locked",
  "disconnected",
]);
const NO_BRIDGE: ReadonlySet<PanelErrorCode> = new Set(["not-connected"]);
/** The page is being loaded, or stands at a breakpoint. */
const PAGE_AWAY: ReadonlySet<AgentErrorCode> = new Set([
  "cannot-inspect",
  "paused",
  "navigated",
  "blocked",
  "upgrading",
  "closed",
  "frame-gone",
]);
const NO_PAGE: ReadonlySet<PanelErrorCode> = new Set(["no-such-frame", "page-not-ready"]);

/** A side failed in the middle of an apply: what was not run can be resumed. */
export class BrokenOffError extends Error {
  override readonly name = "BrokenOffError";
  readonly code = "broken-off";
  readonly applyId: string;
  readonly side: SessionSide;

  constructor(applyId: string, side: SessionSide, reason: string) {
    super(reason);
    this.applyId = applyId;
    this.side = side;
  }
}

/** Which side cannot be reached for now; undefined for what does not mend itself. */
export function awaySide(error: unknown): "local" | "remote" | undefined {
  if (error instanceof BrokenOffError) return error.side === "base" ? undefined : error.side;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 16; at = at.cause, depth++) {
    if (at instanceof ProtocolError && REMOTE_AWAY.has(at.code)) return "remote";
    if (at instanceof BridgeConnectError) return "remote";
    if (at instanceof PanelError && NO_BRIDGE.has(at.code)) return "remote";
    if (at instanceof AgentError && PAGE_AWAY.has(at.code)) return "local";
    if (at instanceof PanelError && NO_PAGE.has(at.code)) return "local";
  }
  // As for `driftscope watch`: what the backend cannot do now it may be able to do later.
  return error instanceof SessionError && error.side === "remote" ? "remote" : undefined;
}
