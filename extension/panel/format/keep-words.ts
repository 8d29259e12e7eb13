/** How a mapping that is kept in sync stands, in words. */
import type { IconName, Tone } from "../components/icon.tsx";
import type { Behind, KeepCondition, KeepState, Pause } from "../worker/keep/keep-state.ts";
import { age, clock, clockSeconds, count, fullTime, plural } from "./numbers.ts";

export interface KeepWords {
  /** For tests and styles. */
  readonly is: KeepCondition["is"] | "working" | "held";
  /** A few words; they do not change from round to round while nothing changes. */
  readonly short: string;
  /** How, when and how many. */
  readonly long: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

export function keepWords(state: KeepState, now = Date.now()): KeepWords {
  const { condition, busy, behind, held } = state;
  const about = conditionWords(condition, now);
  if (condition.is === "paused" || condition.is === "elsewhere" || condition.is === "offline") return about;
  if (busy === "applying") {
    const short = `Writing ${plural(behind, "change")}`;
    return { ...about, is: "working", short, long: short, icon: "both", tone: "acc" };
  }
  if (held) {
    const short = behind > 0 ? `${count(behind)} behind, waits for you` : "Waits for you";
    const long = `No round begins while a plan or a conflict is open. ${about.long}`;
    return { is: "held", short, long, icon: "pause", tone: "unk" };
  }
  if (behind === 0) return about;
  return { ...about, is: "working", short: `${count(behind)} behind`, icon: "both", tone: "acc" };
}

function conditionWords(condition: KeepCondition, now: number): KeepWords {
  const { is } = condition;
  switch (is) {
    case "starting":
      return {
        is,
        short: "First round",
        long: "Both sides are compared for the first time.",
        icon: "both",
        tone: "acc",
      };
    case "elsewhere":
      return {
        is,
        short: "In another panel",
        long: "Another panel keeps it in sync. This one goes on when that one is closed.",
        icon: "both",
        tone: "off",
      };
    case "inSync": {
      const { at, records, rechecked } = condition;
      if (rechecked === undefined) {
        const long = `Equal at ${clockSeconds(at, now)}: ${plural(records, "record")}, full scan.`;
        return { is, short: "In sync", long, icon: "check", tone: "add" };
      }
      const scan = `Full scan ${age(rechecked.fullAt, now)}`;
      const long = `No drift at ${clockSeconds(at, now)}: ${plural(rechecked.keys, "changed key")} looked at. ${scan}.`;
      return { is, short: "No drift known", long, icon: "check", tone: "add" };
    }
    case "waiting": {
      const wait = condition.left === 1 ? "waits" : "wait";
      const short = `${count(condition.left)} ${wait} for you`;
      const long = `At ${clockSeconds(condition.at, now)}: what neither a direction nor the policy decides is in the list.`;
      return { is, short, long, icon: "warn", tone: "conf" };
    }
    case "offline": {
      const { since, side, reason, behind } = condition;
      const who = side === "remote" ? "Offline" : "Page away";
      const short = `${who} since ${clock(since, now)}${behind === undefined ? "" : `, ${behindShort(behind)}`}`;
      return { is, short, long: reason, icon: "unplug", tone: "chg" };
    }
    case "paused":
      return {
        is,
        short: "Paused",
        long: `${pauseWords(condition.because)} Since ${fullTime(condition.at)}.`,
        icon: "pause",
        tone: "chg",
      };
  }
}

export function pauseWords(pause: Pause): string {
  switch (pause.is) {
    case "limit": {
      const { side, count: lost, of } = pause.over;
      const where = side === "local" ? "this page" : "the remote";
      return `A round would delete or replace ${count(lost)} of the ${plural(of, "record")} of ${where}: more than the limit.`;
    }
    case "deletes":
      return `A round would delete ${plural(pause.deletes, "record")} of ${pause.name}. That takes its name, typed.`;
    case "wants-confirmation":
      return "The connection wants every apply confirmed, and nobody agreed that rounds write without it.";
    case "error":
      return pause.reason;
  }
}

const sumOf = ({ added, changed, removed }: Behind): number => added + changed + removed;

const behindShort = (behind: Behind): string => `${count(sumOf(behind))} behind`;

/** What the page did since the base, such as "2 added and 1 changed here since the base." */
export function behindWords(behind: Behind): string {
  if (sumOf(behind) === 0) return "Nothing changed here since the base.";
  const parts = (["added", "changed", "removed"] as const)
    .filter((change) => behind[change] > 0)
    .map((change) => `${count(behind[change])} ${change}`);
  const last = parts.pop() as string;
  const list = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return `${list} here since the base. It goes there when the remote is back.`;
}
