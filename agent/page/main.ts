/**
 * The agent: what is evaluated in the inspected page. The build makes one classic script of it, whose value is
 * this function; the client calls it with the random name under which the panel will reach it.
 */
import engine from "virtual:driftscope-engine";
import { installHost } from "./host/install-host.ts";

/** @returns "ok", or "!" and the reason. */
export default function install(name: string): string {
  return installHost(name, engine);
}
