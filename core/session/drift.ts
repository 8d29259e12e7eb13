/** The kinds of drift, their evidence, and what a comparison answers (design §2, decision 16). */
import type { DriftList } from "./drift-list.ts";

/** Wire names of decision 16. */
export const DRIFT_KINDS = [
  "equal",
  "addedHere",
  "addedThere",
  "changedHere",
  "changedThere",
  "removedHere",
  "removedThere",
  "conflict",
  "converged",
  "onlyHere",
  "onlyThere",
  "different",
  "unreadable",
  "moving",
  "notRepresentable",
  "leftScope",
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** A count of each kind, to add to. */
export function noDrifts(): Record<DriftKind, number> {
  return Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 0])) as Record<DriftKind, number>;
}

/** What one side held when it was read last. */
export interface SideState {
  readonly state: "present" | "deleted" | "absent" | "unreadable" | "notRepresentable";
  readonly digest?: Uint8Array;
  readonly token?: string;
  readonly reason?: string;
}

export interface BaseState {
  readonly state: "present" | "deleted" | "absent" | "noBase";
  readonly digest?: Uint8Array;
  readonly token?: string;
}

/** What each side did since the base. */
export type Change = "none" | "added" | "changed" | "removed";

/** What a person, or a policy, wants done about one drift. */
export type Decision =
  | { readonly do: "push" }
  | { readonly do: "pull" }
  /** Write this value to both sides. */
  | { readonly do: "merge"; readonly body: string; readonly digest: Uint8Array }
  /** Both sides are equal: write the base only. */
  | { readonly do: "renew" }
  | { readonly do: "leave" }
  /** Nothing proposed: a person has to decide. */
  | { readonly do: "decide" };

export interface Drift {
  readonly key: Uint8Array;
  readonly kind: DriftKind;
  /** True where no common ancestor is known: "no base", never guessed. */
  readonly noBase: boolean;
  readonly here: Change;
  readonly there: Change;
  readonly local: SideState;
  readonly remote: SideState;
  readonly base: BaseState | undefined;
  /** What the default (manual) policy proposes. */
  readonly proposal: Decision;
}

/** What tells that a side may have been emptied, recreated or put back. */
export type EmptiedReason =
  /** So many of the base's records are gone at once. */
  | { readonly is: "manyGone" }
  /** The page's database has a lower version than before: it was deleted in between. */
  | { readonly is: "versionFell"; readonly from: number; readonly to: number }
  /** The page's store has another key path or key generator than before: it was deleted in between. */
  | { readonly is: "storeRecreated" }
  /** The remote has older versions than were seen of it, or lacks records without a trace of their deletion. */
  | { readonly is: "wentBack"; readonly older: number; readonly vanished: number };

/** Rule 7, decision 20: what this side did since the base may not be what anybody did to its records. */
export interface EmptiedEvidence {
  readonly side: "local" | "remote";
  readonly gone: number;
  readonly of: number;
  /** At least one. */
  readonly reasons: readonly EmptiedReason[];
}

export interface CompareProgress {
  readonly localRows: number;
  readonly remoteRows: number;
  readonly drifts: number;
  /** "policy": after the compare, proposals are made. */
  readonly phase: "scan" | "recheck" | "policy";
}

/** Who may have written without being seen by whoever told which keys changed. */
export type UnseenWriter = "workers" | "otherTabs" | "otherFrames";

/** Why all records were compared. */
export type FullReason =
  /** The person asked for it. */
  | "asked"
  /** There was no complete comparison of this session to go on from. */
  | "first"
  /** The remote cannot tell what changed. */
  | "noChanges"
  /** It could before, and now it says that what it was is gone: restored, made anew, or too much changed. */
  | "remoteGoneBack"
  /** Nobody watched the page's writes. */
  | "notWatched"
  /** Watching began after the last comparison of all records had. */
  | "watchedLater"
  /** The page was reloaded or left, and with it what was watched. */
  | "reloaded"
  /** More keys were written than are remembered. */
  | "tooMany"
  /** Records were deleted by range, the store was cleared, or its database was upgraded or deleted. */
  | "cleared";

/** What a comparison of changed keys rests on. */
export interface RecheckedKeys {
  /** How many keys were looked at on both sides. */
  readonly keys: number;
  /** When the last comparison of all records ended. */
  readonly fullAt: number;
  readonly unseen: readonly UnseenWriter[];
  /** A range picked at random that was compared whole since; absent until that is done. */
  readonly verified?: VerifiedRange;
}

export interface VerifiedRange {
  readonly at: number;
  /** Records of the page in the range. */
  readonly records: number;
  /** Records that were not what this comparison said, though nobody had told of a change. */
  readonly surprises: number;
}

/** What a later comparison goes on from, within one session. */
export interface CompareTrail {
  /** Every remote change that this comparison did not see comes after it. */
  readonly checkpoint?: string;
  /** Keys that cut the store into runs of some thousand records, with the records up to each. */
  readonly milestones: readonly { readonly key: Uint8Array; readonly records: number }[];
}

export interface Comparison {
  /**
   * "full": all records were compared. "rechecked": those whose keys were told to have changed; the others are
   * as the comparison before said, and nothing is called equal that was not compared.
   */
  readonly extent: "full" | "rechecked";
  /** Set when rechecked. */
  readonly rechecked?: RecheckedKeys;
  /** Set when full, where a comparison of changed keys was thought of. */
  readonly fullBecause?: { readonly reason: FullReason; readonly detail?: string };
  readonly trail?: CompareTrail;
  /** Counts by kind; `equal` counts what was compared and found equal by digest. */
  readonly counts: Readonly<Record<DriftKind, number>>;
  /** Everything that is not `equal`, in key order. */
  readonly drifts: DriftList;
  /** False when cancelled: nothing is known about keys after `comparedUpTo`. */
  readonly complete: boolean;
  readonly comparedUpTo?: Uint8Array;
  readonly startedAt: number;
  readonly finishedAt: number;
  /**
   * Set where this went on from a comparison that had been stopped: keys up to `upTo` were read between `from`
   * and `to`, and what was written to them since is not in here.
   */
  readonly earlierPart?: { readonly upTo: Uint8Array; readonly from: number; readonly to: number };
  /**
   * Set where the remote was not read anew: what is called equal was so between the page as it was read for this comparison and
   * the remote as it was read then, in milliseconds since 1970. Whatever differed was looked up again on both sides.
   */
  readonly remoteAsOf?: number;
  readonly localRows: number;
  readonly remoteRows: number;
  /** Records that the base had. */
  readonly baseRows?: number;
  readonly emptied: readonly EmptiedEvidence[];
}
