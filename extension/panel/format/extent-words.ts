/** How far a comparison reaches, in words: what was compared, when, and what nobody can know. */
import type { FullReason, RecheckedKeys, UnseenWriter } from "../../../core/session/drift.ts";
import type { CannotGoOn } from "../../../core/session/stopped-compare.ts";
import type { CompareSummary } from "../worker/api.ts";
import { keyText } from "./key-text.ts";
import { age, clock, count, plural } from "./numbers.ts";

const WRITERS: Readonly<Record<UnseenWriter, string>> = {
  workers: "workers",
  otherFrames: "other frames",
  otherTabs: "other tabs",
};

/** "writes by workers and other tabs not seen". */
export function unseenWords(unseen: readonly UnseenWriter[]): string {
  const names = (["workers", "otherFrames", "otherTabs"] as const)
    .filter((writer) => unseen.includes(writer))
    .map((writer) => WRITERS[writer]);
  const last = names.at(-1);
  const list = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${last}` : last;
  return `writes by ${list} not seen`;
}

const REASONS: Readonly<Record<FullReason, string>> = {
  asked: "",
  first: "",
  noChanges: "the remote keeps no list of changes",
  remoteGoneBack: "the remote is not what it was",
  notWatched: "the page’s writes were not watched",
  watchedLater: "writes are watched since later than the last full scan",
  reloaded: "the page was loaded again",
  tooMany: "more was written than is kept in mind",
  cleared: "the store was cleared or upgraded",
};
/** Told wherever a person who watches would wonder why all was read. */
const UNEXPECTED: ReadonlySet<FullReason> = new Set([
  "remoteGoneBack",
  "reloaded",
  "tooMany",
  "cleared",
  "watchedLater",
]);

/** Why all records were read, where that may surprise; empty elsewhere. */
function fullReasonWords({ fullBecause }: CompareSummary): string {
  return fullBecause !== undefined && UNEXPECTED.has(fullBecause.reason) ? REASONS[fullBecause.reason] : "";
}

/** "as of 12:03, 4 min ago": of a remote that was not read anew. */
export function asOfWords(at: number, now = Date.now()): string {
  return `as of ${clock(at, now)}, ${age(at, now)}`;
}

/** "full scan", "the remote as of 12:03, 4 min ago" or "14 changed keys only, full scan 12 min ago". */
export function extentWords(summary: CompareSummary, now = Date.now()): string {
  const { rechecked, remoteAsOf } = summary;
  if (remoteAsOf !== undefined) return `the remote ${asOfWords(remoteAsOf, now)}`;
  if (rechecked !== undefined) {
    return `${plural(rechecked.keys, "changed key")} only, full scan ${age(rechecked.fullAt, now)}`;
  }
  if (summary.earlierPart !== undefined) {
    return `full scan in parts, begun at ${clock(summary.earlierPart.from, now)}`;
  }
  const why = fullReasonWords(summary);
  return why === "" ? "full scan" : `full scan because ${why}`;
}

/** What the verification of a range said; empty while there was none. */
export function verifiedWords({ verified }: RecheckedKeys): string {
  if (verified === undefined) return "";
  if (verified.surprises > 0) return `${surpriseWords(verified.surprises)}: full compare recommended.`;
  return `${plural(verified.records, "record")} picked at random: as expected.`;
}

function surpriseWords(surprises: number): string {
  return surprises === 1
    ? "A record changed that no one announced"
    : `${count(surprises)} records changed that no one announced`;
}

/** Of a comparison that went on from one that was stopped: nobody looked at its first keys again. */
export function earlierPartWords(part: NonNullable<CompareSummary["earlierPart"]>, now = Date.now()): string {
  const { upTo, from, to } = part;
  const [first, last] = [clock(from, now), clock(to, now)];
  const when = first === last ? `at ${first}` : `between ${first} and ${last}`;
  return `Keys up to ${keyText(upTo).text} were compared ${when}: what was written to them since is not in this.`;
}

/** Why a comparison cannot go on where it was stopped. */
export function cannotGoOnWords(why: CannotGoOn): string {
  switch (why.because) {
    case "storeMadeAnew":
      return "The page’s database was upgraded or made anew since.";
    case "writtenSince":
      return "Records were written from here since, so what was counted then no longer holds.";
    case "remoteGoneBack":
      return `The remote is not what it was: ${why.detail}`;
    case "tooManyDifferences":
      return "It had found more differences than are kept.";
  }
}
