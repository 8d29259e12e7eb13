/** Jobs as a bridge would tell them: one that runs, one that failed, and one that was never run. */
import type { JobInfo, JobLogPart, JobRun } from "../../../../core/protocol/job-frames.ts";

const HOUR = 3_600_000;

export const inventedRuns = (): JobRun[] => [
  {
    runId: "20260102-030405-0a1b2c3d",
    job: "totals",
    startedAt: Date.now() - 40_000,
    state: "running",
    parameters: { region: "eu", days: 7 },
    by: "DevTools panel",
    printed: 2200,
    progress: { percent: 62.5, said: "Stage 2: 5 of 8 tasks" },
  },
  {
    runId: "20260102-020405-0a1b2c3d",
    job: "totals",
    startedAt: Date.now() - HOUR,
    endedAt: Date.now() - HOUR + 73_000,
    state: "succeeded",
    parameters: { region: "eu", days: 7 },
    by: "schedule nightly",
    printed: 2400,
    exitCode: 0,
    output: { files: 4, bytes: 31_000_000 },
  },
  {
    runId: "20260102-010405-0a1b2c3d",
    job: "words",
    startedAt: Date.now() - 2 * HOUR,
    endedAt: Date.now() - 2 * HOUR + 9_000,
    state: "failed",
    parameters: {},
    by: "command line",
    printed: 900,
    exitCode: 1,
    problem: {
      code: "job-failed",
      message:
        "It ended with exit code 1: the last lines of its log say why. Its output was discarded, and readers see what they saw before.",
    },
    lastLines: ["java.io.IOException: No space left on device"],
  },
];

export function inventedJobs(): JobInfo[] {
  const [running, last, failed] = inventedRuns();
  return [
    {
      name: "totals",
      kind: "spark",
      label: "Totals of each region",
      command: ["spark-submit", "totals.jar", "{input}", "{output}", "{region}", "{days}"],
      parameters: [
        { name: "region", type: "one-of", expected: "one of eu, us", values: ["eu", "us"], default: "eu" },
        { name: "days", type: "number", expected: "a whole number from 1 to 30", default: 7 },
        { name: "verbose", label: "Print every record", type: "boolean", expected: "true or false" },
      ],
      input: "/data/visits",
      output: "/data/totals",
      dataset: { connection: "local", collection: "totals" },
      timeLimitMinutes: 60,
      ...(running === undefined ? {} : { running }),
      ...(last === undefined ? {} : { last }),
    },
    {
      name: "words",
      kind: "mapreduce",
      command: ["hadoop", "jar", "examples.jar", "wordcount", "{input}", "{output}"],
      parameters: [],
      timeLimitMinutes: 60,
      ...(failed === undefined ? {} : { last: failed }),
    },
    { name: "tidy", kind: "command", command: ["./tidy.sh"], parameters: [], timeLimitMinutes: 5 },
  ];
}

export function inventedLog(runId: string): JobLogPart {
  const bytes = new TextEncoder().encode(`run ${runId}\nReading 312,044 records\nWriting /data/totals\n`);
  return { from: 0, bytes, end: bytes.length, hasEnded: true };
}
