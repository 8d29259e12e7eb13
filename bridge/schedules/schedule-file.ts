/**
 * What is on record of one schedule: a file of records that are durable before they count. It holds since when the
 * schedule is known with which times, whether it is paused, and its history, the newest entries of which are kept.
 */
import { rename, rm } from "node:fs/promises";
import * as v from "valibot";
import { decodeFrame, encodeFrame } from "../../core/protocol/frame-codec.ts";
import {
  type ScheduleEntry,
  ScheduleEntrySchema,
  type Times,
  TimesSchema,
} from "../../core/protocol/schedule-frames.ts";
import { AppendLog, type LogWords, readLog } from "../journal/append-log.ts";

/** Entries of the history; twice as many records, and the file is written anew. */
const KEPT_ENTRIES = 200;
const MOST_RECORDS = 4 * KEPT_ENTRIES;

const WORDS: LogWords = {
  name: "record of a schedule",
  failed:
    "nothing is run that could not be put on record. Free some space or check the folder's permissions.",
  damaged: "the schedule is not run any more. Move the file away to begin its history anew.",
};

const RecordSchema = v.variant("t", [
  /** Times up to `handled` are dealt with: they were run, missed, or before the schedule was known. */
  v.strictObject({ t: v.literal("handled"), handled: v.number(), times: TimesSchema }),
  v.strictObject({
    t: v.literal("paused"),
    paused: v.nullable(v.strictObject({ since: v.number(), by: v.string() })),
  }),
  /** Times that a panel has set; null = those of the file. */
  v.strictObject({ t: v.literal("times"), times: v.nullable(TimesSchema) }),
  /** One that began earlier is in the place of its beginning. */
  v.strictObject({ t: v.literal("entry"), entry: ScheduleEntrySchema }),
]);
type ScheduleRecord = v.InferOutput<typeof RecordSchema>;
const TYPES = new Set(["handled", "paused", "times", "entry"]);

interface Known {
  handled: number | undefined;
  handledTimes: Times | undefined;
  paused: { readonly since: number; readonly by: string } | undefined;
  timesOfPanel: Times | undefined;
  /** The newest last. */
  entries: ScheduleEntry[];
  records: number;
}

export class ScheduleFile {
  readonly #path: string;
  readonly #known: Known;
  #log: Promise<AppendLog> | undefined;

  private constructor(path: string, known: Known) {
    this.#path = path;
    this.#known = known;
  }

  /** @throws ProtocolError "journal-failed" where it is damaged, or of a later version */
  static async open(path: string): Promise<ScheduleFile> {
    const file = new ScheduleFile(path, await readKnown(path));
    if (file.#known.records > MOST_RECORDS) await file.#rewrite();
    return file;
  }

  /** The time up to which all is dealt with under these times; undefined where others held. */
  handledOf({ cron, timeZone }: Times): number | undefined {
    const { handled, handledTimes } = this.#known;
    const isSame = handledTimes?.cron === cron && handledTimes.timeZone === timeZone;
    return isSame ? handled : undefined;
  }

  get paused(): Known["paused"] {
    return this.#known.paused;
  }

  get timesOfPanel(): Times | undefined {
    return this.#known.timesOfPanel;
  }

  /** The newest last. */
  get entries(): readonly ScheduleEntry[] {
    return this.#known.entries;
  }

  /** Each is durable when it resolves. @throws ProtocolError "journal-failed" */
  handle(handled: number, times: Times): Promise<void> {
    return this.#append({ t: "handled", handled, times });
  }

  pause(paused: Known["paused"]): Promise<void> {
    return this.#append({ t: "paused", paused: paused ?? null });
  }

  setTimes(times: Times | undefined): Promise<void> {
    return this.#append({ t: "times", times: times ?? null });
  }

  add(entry: ScheduleEntry): Promise<void> {
    return this.#append({ t: "entry", entry });
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    await (await log)?.close();
  }

  async #append(record: ScheduleRecord): Promise<void> {
    this.#log ??= AppendLog.open(this.#path, WORDS);
    await (await this.#log).append(encodeFrame(record), true);
    take(this.#known, record);
  }

  /** What still counts, in a new file, whole or not at all. */
  async #rewrite(): Promise<void> {
    const { handled, handledTimes, paused, timesOfPanel, entries } = this.#known;
    const aside = `${this.#path}.new`;
    await rm(aside, { force: true });
    const log = await AppendLog.open(aside, WORDS);
    const records: ScheduleRecord[] = [
      ...(handled === undefined || handledTimes === undefined
        ? []
        : [{ t: "handled" as const, handled, times: handledTimes }]),
      { t: "paused", paused: paused ?? null },
      { t: "times", times: timesOfPanel ?? null },
      ...entries.map((entry) => ({ t: "entry" as const, entry })),
    ];
    for (const record of records) await log.append(encodeFrame(record), false);
    await log.close();
    await rename(aside, this.#path);
  }
}

async function readKnown(path: string): Promise<Known> {
  const known: Known = {
    handled: undefined,
    handledTimes: undefined,
    paused: undefined,
    timesOfPanel: undefined,
    entries: [],
    records: 0,
  };
  for await (const bytes of readLog(path, WORDS)) take(known, decodeFrame(bytes, RecordSchema, TYPES));
  return known;
}

function take(known: Known, record: ScheduleRecord): void {
  known.records++;
  switch (record.t) {
    case "handled":
      known.handled = record.handled;
      known.handledTimes = record.times;
      return;
    case "paused":
      known.paused = record.paused ?? undefined;
      return;
    case "times":
      known.timesOfPanel = record.times ?? undefined;
      return;
    case "entry": {
      const at = known.entries.findLastIndex((entry) => isSameRun(entry, record.entry));
      if (at < 0) known.entries.push(record.entry);
      else known.entries[at] = record.entry;
      if (known.entries.length > KEPT_ENTRIES) known.entries.splice(oldestEnded(known.entries), 1);
    }
  }
}

/** What still waits or runs is not forgotten, however much happens meanwhile. */
const oldestEnded = (entries: readonly ScheduleEntry[]): number =>
  entries.findIndex((entry) => entry.is !== "run" || entry.endedAt !== undefined);

const isSameRun = (a: ScheduleEntry, b: ScheduleEntry): boolean =>
  a.is === "run" && b.is === "run" && a.runId === b.runId;
