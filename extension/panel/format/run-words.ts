/** Runs of jobs in words. */
import type { JobRun, RunState } from "../../../core/protocol/job-frames.ts";
import type { ScheduleRun } from "../../../core/protocol/schedule-frames.ts";
import type { GlyphName, Tone } from "../components/icon.tsx";
import { bytes, duration, plural } from "./numbers.ts";

interface StateWords {
  readonly label: string;
  readonly glyph: GlyphName;
  readonly tone: Tone;
}

export const RUN_STATE_WORDS: Readonly<Record<RunState | ScheduleRun["state"], StateWords>> = {
  waiting: { label: "Waits for a panel", glyph: "unk", tone: "unk" },
  running: { label: "Running", glyph: "unk", tone: "acc" },
  succeeded: { label: "Succeeded", glyph: "ok", tone: "add" },
  failed: { label: "Failed", glyph: "rej", tone: "rem" },
  cancelled: { label: "Cancelled", glyph: "none", tone: "off" },
  interrupted: { label: "Interrupted", glyph: "unk", tone: "unk" },
};

/** How it ended, or how far it is. */
export function resultWords({ state, exitCode, signal, output, progress }: JobRun): string {
  if (state === "running") return progress?.said ?? "no progress told yet";
  const parts = [
    ...(exitCode === undefined || exitCode === 0 ? [] : [`exit code ${exitCode}`]),
    ...(signal === undefined ? [] : [`ended by ${signal}`]),
    ...(output === undefined ? [] : [`${plural(output.files, "file")}, ${bytes(output.bytes)}`]),
    ...(output?.records === undefined ? [] : [plural(output.records, "record")]),
  ];
  return parts.join(", ");
}

export const tookWords = ({ startedAt, endedAt }: JobRun): string =>
  endedAt === undefined ? "running" : duration(endedAt - startedAt);

/** "region=eu, days=7" */
export const parameterWords = ({ parameters }: JobRun): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
