/**
 * A run on the disk: `run.log` in the run's folder holds that it began, which process it is, and how it ended. What
 * has no end on record was interrupted.
 */
import { join } from "node:path";
import * as v from "valibot";
import { decodeFrame, encodeFrame } from "../../core/protocol/frame-codec.ts";
import { type RunEnd, RunEndSchema } from "../../core/protocol/job-frames.ts";
import { JobNameSchema, RunIdSchema } from "../../core/protocol/names.ts";
import type { JobOutputConfig } from "../config/jobs-schema.ts";
import { AppendLog, type LogWords, readLog } from "../journal/append-log.ts";
import { type ProcessIdentity, ProcessIdentitySchema } from "./process-identity.ts";

const WORDS: LogWords = {
  name: "record of a job's run",
  failed: "nothing more is run. Free some space or check the folder's permissions.",
  damaged: "the run is left out of the history. Move its folder away to be told no more.",
};

const BegunSchema = v.strictObject({
  t: v.literal("begun"),
  format: v.literal(1),
  runId: RunIdSchema,
  job: JobNameSchema,
  startedAt: v.number(),
  parameters: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  by: v.string(),
  /** As the config file had it, so that what the run wrote is found when the file has changed: JSON text. */
  output: v.exactOptional(v.string()),
});
const RecordSchema = v.variant("t", [
  BegunSchema,
  v.strictObject({ t: v.literal("process"), process: ProcessIdentitySchema }),
  v.strictObject({ t: v.literal("ended"), end: RunEndSchema }),
]);
type RunRecord = v.InferOutput<typeof RecordSchema>;
const TYPES = new Set(["begun", "process", "ended"]);

export type Begun = Omit<v.InferOutput<typeof BegunSchema>, "t" | "format" | "output"> & {
  readonly output: JobOutputConfig | undefined;
};

export interface StoredRunContent {
  readonly begun: Begun;
  readonly process: ProcessIdentity | undefined;
  readonly end: RunEnd | undefined;
}

export class RunFile {
  readonly #log: AppendLog;

  private constructor(log: AppendLog) {
    this.#log = log;
  }

  /** Durable when it resolves. @throws ProtocolError "journal-failed" */
  static async begin(folder: string, { output, ...begun }: Begun): Promise<RunFile> {
    const file = new RunFile(await AppendLog.open(pathIn(folder), WORDS));
    const place = output === undefined ? {} : { output: JSON.stringify(output) };
    await file.#append({ t: "begun", format: 1, ...begun, ...place });
    return file;
  }

  /** To tell the end of a run that was interrupted. */
  static async reopen(folder: string): Promise<RunFile> {
    return new RunFile(await AppendLog.open(pathIn(folder), WORDS));
  }

  /** @throws ProtocolError "journal-failed" */
  noteProcess(process: ProcessIdentity): Promise<void> {
    return this.#append({ t: "process", process });
  }

  /** @throws ProtocolError "journal-failed" */
  async end(end: RunEnd): Promise<void> {
    await this.#append({ t: "ended", end });
    await this.#log.close();
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  #append(record: RunRecord): Promise<void> {
    return this.#log.append(encodeFrame(record), true);
  }
}

const pathIn = (folder: string): string => join(folder, "run.log");

/** Undefined where it never began. @throws ProtocolError where it is damaged, or of a later version */
export async function readRun(folder: string): Promise<StoredRunContent | undefined> {
  let begun: Begun | undefined;
  let process: ProcessIdentity | undefined;
  let end: RunEnd | undefined;
  for await (const bytes of readLog(pathIn(folder), WORDS)) {
    const record = decodeFrame(bytes, RecordSchema, TYPES);
    if (record.t === "process") process = record.process;
    else if (record.t === "ended") end = record.end;
    else {
      const { t: _t, format: _format, output, ...rest } = record;
      begun = { ...rest, output: output === undefined ? undefined : (JSON.parse(output) as JobOutputConfig) };
    }
  }
  return begun === undefined ? undefined : { begun, process, end };
}
