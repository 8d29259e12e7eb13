/**
 * Who may open a WebSocket at all (decision 33). A page can reach the loopback address too, also under a name
 * that it makes resolve there, so both the name it used and where it comes from have to be ours.
 */
import {
  CHROMIUM_ORIGIN,
  COMMAND_LINE_ORIGIN,
  FIREFOX_ORIGIN,
} from "../../core/protocol/extension-origin.ts";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/** Why it is refused; undefined = it may. */
export function refuseUpgrade(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  port: number,
): string | undefined {
  const { host, origin } = headers;
  if (!LOOPBACK_NAMES.some((name) => host === `${name}:${port}`)) {
    return "The Host header does not name this bridge.";
  }
  if (origin === CHROMIUM_ORIGIN || origin === COMMAND_LINE_ORIGIN || FIREFOX_ORIGIN.test(origin ?? ""))
    return undefined;
  return "Only the Driftscope extension and command line may connect.";
}
