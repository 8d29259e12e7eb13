/** Why there is no connection to a bridge, each with what the person can do about it. */
export type BridgeProblem =
  /** Nothing answers on the port. */
  | "not-running"
  /** Something answers there, but it cannot prove that it is the paired bridge. */
  | "wrong-bridge"
  /** There is no pairing, or the bridge has revoked it. */
  | "not-paired"
  | "code-wrong"
  | "code-expired"
  | "version"
  | "timeout"
  /** It was closed by `close()`. */
  | "closed";

export class BridgeConnectError extends Error {
  override readonly name = "BridgeConnectError";
  readonly code: BridgeProblem;

  constructor(code: BridgeProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
