import type { MergePath } from "../../../core/merge/merge-path.ts";
import { visible } from "./value-text.ts";

/** ["site", "position"] → "site.position"; an element by its identity: "lines[sku=7].count"; "" is the whole value. */
export function pathText(path: MergePath): string {
  let text = "";
  for (const step of path) {
    if (typeof step !== "string") text += `[${visible(step.field)}=${visible(String(step.id))}]`;
    else text += `${text === "" ? "" : "."}${visible(step) || '""'}`;
  }
  return text;
}
