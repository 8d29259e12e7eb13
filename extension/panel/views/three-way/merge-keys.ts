/** The keys of the merge view. */
import type { Side } from "../../format/merge-fields.ts";

export type MergeKey =
  | { readonly do: "take"; readonly side: Side }
  | { readonly do: "take-all"; readonly side: Side }
  | { readonly do: "move"; readonly by: 1 | -1 }
  | { readonly do: "next"; readonly by: 1 | -1 }
  | { readonly do: "edit" | "keep" | "leave" | "back" };

const SIDE_OF_DIGIT: Readonly<Record<string, Side>> = { Digit1: "local", Digit2: "base", Digit3: "remote" };

/** What a key means here; undefined when it is not one of ours. Digits go by place: Shift changes the sign. */
export function mergeKey(event: {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): MergeKey | undefined {
  if (event.altKey) return undefined;
  if (event.ctrlKey || event.metaKey) return event.key === "Enter" ? { do: "keep" } : undefined;
  const side = SIDE_OF_DIGIT[event.code];
  if (side !== undefined) return { do: event.shiftKey ? "take-all" : "take", side };
  if (event.code === "Digit0" && !event.shiftKey) return { do: "leave" };
  switch (event.key) {
    case "ArrowDown":
      return { do: "move", by: 1 };
    case "ArrowUp":
      return { do: "move", by: -1 };
    case "n":
      return { do: "next", by: 1 };
    case "N":
      return { do: "next", by: -1 };
    case "e":
    case "E":
      return { do: "edit" };
    case "Escape":
      return { do: "back" };
    default:
      return undefined;
  }
}
