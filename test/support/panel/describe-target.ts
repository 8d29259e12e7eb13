import type { Target } from "./panel-driver.ts";

/** For error messages. */
export function describeTarget(target: Target): string {
  if (typeof target === "string") return target;
  return `${target.role} "${target.name}"${target.within ? ` within ${target.within}` : ""}`;
}
