import { visible } from "./value-text.ts";

/** ["site", "position", "lat"] → "site.position.lat"; "" is the value as a whole. */
export function pathText(path: readonly string[]): string {
  return path.map((name) => visible(name) || '""').join(".");
}
