/** The words and glyphs of every kind of drift: one table for chips, groups, rows and the detail. */
import type { Change, Decision, Drift, DriftKind } from "../../../core/session/drift.ts";
import type { GlyphName, Tone } from "../components/icon.tsx";

export interface Lane {
  readonly glyph: GlyphName;
  readonly tone: Tone;
}

export interface KindWords {
  /** For chips, groups and screen readers. */
  readonly label: string;
  /** For a chip inside a labelled set ("Here": Added, Changed, Removed). */
  readonly short: string;
  /** One lane (a joined tile) or two: left = here, right = there. */
  readonly lanes: readonly Lane[];
}

const NOTHING: Lane = { glyph: "none", tone: "off" };
const added: Lane = { glyph: "add", tone: "add" };
const changed: Lane = { glyph: "chg", tone: "chg" };
const removed: Lane = { glyph: "rem", tone: "rem" };
const unreadable: Lane = { glyph: "bad", tone: "off" };

export const KIND_WORDS: Readonly<Record<Exclude<DriftKind, "equal">, KindWords>> = {
  conflict: {
    label: "Conflict",
    short: "Conflict",
    lanes: [
      { glyph: "chg", tone: "conf" },
      { glyph: "chg", tone: "conf" },
    ],
  },
  changedHere: { label: "Changed here", short: "Changed", lanes: [changed, NOTHING] },
  addedHere: { label: "Added here", short: "Added", lanes: [added, NOTHING] },
  removedHere: { label: "Removed here", short: "Removed", lanes: [removed, NOTHING] },
  changedThere: { label: "Changed there", short: "Changed", lanes: [NOTHING, changed] },
  addedThere: { label: "Added there", short: "Added", lanes: [NOTHING, added] },
  removedThere: { label: "Removed there", short: "Removed", lanes: [NOTHING, removed] },
  different: { label: "Different, no base", short: "Different", lanes: [{ glyph: "diff", tone: "unk" }] },
  onlyHere: {
    label: "Only here, no base",
    short: "Only here",
    lanes: [
      { glyph: "has", tone: "unk" },
      { glyph: "nil", tone: "unk" },
    ],
  },
  onlyThere: {
    label: "Only there, no base",
    short: "Only there",
    lanes: [
      { glyph: "nil", tone: "unk" },
      { glyph: "has", tone: "unk" },
    ],
  },
  converged: { label: "Converged", short: "Converged", lanes: [{ glyph: "same", tone: "same" }] },
  moving: { label: "Moving", short: "Moving", lanes: [{ glyph: "unk", tone: "unk" }] },
  unreadable: { label: "Unreadable", short: "Unreadable", lanes: [unreadable, NOTHING] },
  notRepresentable: {
    label: "Not representable there",
    short: "Not representable",
    lanes: [{ glyph: "rej", tone: "rem" }],
  },
  leftScope: { label: "Left the scope", short: "Left scope", lanes: [{ glyph: "nil", tone: "off" }] },
};

/** What to say about a whole group: what the proposal does to whom. */
export function groupSentence(kind: DriftKind, local: string, remote: string): string {
  switch (kind) {
    case "conflict":
      return "changed or removed on both sides since the base";
    case "addedHere":
      return `push adds them to ${remote}`;
    case "changedHere":
      return "push replaces the remote record";
    case "removedHere":
      return `push deletes them in ${remote}`;
    case "addedThere":
      return `pull adds them to ${local}`;
    case "changedThere":
      return "pull replaces the record here";
    case "removedThere":
      return "pull deletes them here";
    case "different":
    case "onlyHere":
    case "onlyThere":
      return "never seen equal, so nothing is guessed";
    case "converged":
      return "equal now on both sides; only the base is renewed";
    case "moving":
      return "changed between all reads";
    case "unreadable":
      return "never written";
    case "notRepresentable":
      return "the other side cannot hold them exactly; never written";
    case "leftScope":
      return "still there, but outside what this store mirrors";
    case "equal":
      return "equal on both sides";
  }
}

const CHANGE_LANE: Readonly<Record<Change, Lane>> = {
  none: NOTHING,
  added,
  changed,
  removed,
};

/** The two lanes of one record: conflicts and unreadable records show what each side did. */
export function lanesOf(drift: Pick<Drift, "kind" | "here" | "there" | "local" | "remote">): readonly Lane[] {
  if (drift.kind === "conflict")
    return [
      { ...CHANGE_LANE[drift.here], tone: "conf" },
      { ...CHANGE_LANE[drift.there], tone: "conf" },
    ];
  if (drift.kind === "unreadable")
    return [
      drift.local.state === "unreadable" ? unreadable : NOTHING,
      drift.remote.state === "unreadable" ? unreadable : NOTHING,
    ];
  if (drift.kind === "equal") return [NOTHING, NOTHING];
  return KIND_WORDS[drift.kind].lanes;
}

/** The full kind in words, as screen readers hear it and titles show it. */
export function sayDrift(drift: Pick<Drift, "kind" | "here" | "there" | "local" | "remote">): string {
  if (drift.kind === "equal") return "Equal";
  if (drift.kind === "conflict")
    return drift.here === drift.there && drift.here !== "none"
      ? `Conflict: ${drift.here} on both sides`
      : `Conflict: ${drift.here} here, ${drift.there} there`;
  if (drift.kind === "unreadable") {
    const here = drift.local.state === "unreadable";
    const there = drift.remote.state === "unreadable";
    return here && there ? "Unreadable here and there" : here ? "Unreadable here" : "Unreadable there";
  }
  return KIND_WORDS[drift.kind].label;
}

export type DecisionName = Decision["do"];

export const DECISION_WORDS: Readonly<Record<DecisionName, string>> = {
  push: "Push",
  pull: "Pull",
  merge: "Merged",
  renew: "Renew base",
  leave: "Leave",
  decide: "Decide",
};

/** Kinds that no decision can write: they are shown, and nothing more. */
export function isWritable(kind: DriftKind): boolean {
  return kind !== "unreadable" && kind !== "moving" && kind !== "notRepresentable" && kind !== "equal";
}
