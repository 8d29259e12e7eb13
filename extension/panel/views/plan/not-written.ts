/** Why a plan leaves drift alone: the words for each reason, and the kind that shows the rows. */
import type { ListedKind } from "../../stores/sync.ts";

export const NOT_WRITTEN: Readonly<Record<string, { readonly words: string; readonly kind?: ListedKind }>> = {
  undecided: { words: "not decided yet", kind: "conflict" },
  left: { words: "left as they are" },
  notEqual: { words: "no longer equal, so the base stays as it is", kind: "converged" },
  queued: { words: "wait in the bridge’s queue already" },
  unreadable: { words: "unreadable, never written", kind: "unreadable" },
  moving: { words: "kept changing while they were read", kind: "moving" },
  notRepresentable: { words: "not representable on the other side", kind: "notRepresentable" },
  leftScope: { words: "left the scope", kind: "leftScope" },
  blocked: { words: "hold something that cannot be copied, so they are never overwritten" },
};
