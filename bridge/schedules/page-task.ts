/**
 * A page's storage is in a browser, and no page is open by itself: a command of the command line opens one without a
 * window, on the profile that the config file names, and joins this bridge for the backend.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import type { PageTask } from "../config/schedules-schema.ts";
import { type Report, ReportSchema } from "../headless/report/report-schema.ts";
import { programUrl } from "../process/program-url.ts";
import type { Task, TaskOutcome, TaskRequest, TaskWords } from "./task.ts";

const COMMAND_LINE = fileURLToPath(programUrl("cli/main.js"));

/** More than this is no report. */
const MAX_REPORT_BYTES = 256 * 1024 * 1024;
/** How long a command may take to end by itself once it is told to, in milliseconds. */
const GRACE_MS = 30_000;

export interface PageTaskPlaces {
  readonly configFile: string | undefined;
  readonly configFolder: string;
  readonly dataDir: string;
  /** Of reports, where the config file names no other. */
  readonly reports: string;
  readonly now: () => number;
}

export function pageTask(config: PageTask, words: TaskWords, places: PageTaskPlaces): Task {
  return {
    ...words,
    async run({ signal }: TaskRequest) {
      const text = await runCommandLine(argumentsOf(config, places), signal, config.timeLimitMinutes);
      const report = readReport(text);
      const file = await keepReport(text, config, places);
      return { ...outcomeOf(config, report, file), report: file };
    },
  };
}

function argumentsOf(config: PageTask, { configFile, configFolder, dataDir }: PageTaskPlaces): string[] {
  const { url, profile, app = true, database, stores = [], connection, mapping } = config;
  return [
    COMMAND_LINE,
    config.do === "compare" ? "diff" : "pull",
    "--json",
    ...(configFile === undefined ? [] : ["--config", configFile]),
    ...["--data", dataDir, "--page", url, "--profile", resolve(configFolder, profile)],
    ...["--database", database, "--connection", connection],
    ...stores.flatMap((store) => ["--store", store]),
    ...(mapping === undefined ? [] : ["--mapping", resolve(configFolder, mapping)]),
    ...(app ? [] : ["--no-app"]),
    // The page's own storage is written, as whoever wrote the config file said it should be.
    ...(config.do === "pull" ? ["--yes"] : []),
  ];
}

/** What it printed. @throws ProtocolError "job-failed" where it took too long; the signal's reason */
async function runCommandLine(
  args: readonly string[],
  signal: AbortSignal,
  limitMinutes: number,
): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_REPORT_BYTES) chunks.push(chunk);
  });
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  let isTooLong = false;
  const limit = setTimeout(() => {
    isTooLong = true;
    end();
  }, limitMinutes * 60_000);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    await once(child, "close");
  } finally {
    clearTimeout(limit);
    clearTimeout(kill);
    signal.removeEventListener("abort", end);
  }
  signal.throwIfAborted();
  if (isTooLong) {
    const message = `It took longer than ${limitMinutes} minutes and was ended: raise "timeLimitMinutes" of the task, or name fewer stores.`;
    throw new ProtocolError("job-failed", message);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws ProtocolError "job-failed" */
function readReport(text: string): Report {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ReportSchema), text);
  if (parsed.success) return parsed.output;
  throw new ProtocolError(
    "job-failed",
    "The command that was to open the page ended without a report: run it by hand to see why.",
  );
}

async function keepReport(
  text: string,
  config: PageTask,
  { configFolder, reports, now }: PageTaskPlaces,
): Promise<string> {
  const folder = config.reports === undefined ? reports : resolve(configFolder, config.reports);
  const when = new Date(now()).toISOString().replaceAll(":", "-");
  const file = join(folder, `${config.do}-${when}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** @throws ProtocolError "job-failed" with the report's own words */
function outcomeOf(config: PageTask, { exitCode, error, stores }: Report, file: string): TaskOutcome {
  const left = stores.reduce((sum, store) => sum + store.left, 0);
  const isDone = exitCode === ExitCode.done || exitCode === ExitCode.drift;
  if (!isDone) {
    throw new ProtocolError(
      "job-failed",
      `${error?.message ?? `It ended with exit code ${exitCode}.`} Its report: ${file}`,
    );
  }
  const drift = left === 0 ? "nothing differs" : left === 1 ? "1 record differs" : `${left} records differ`;
  if (config.do === "compare" && config.failOnDrift && left > 0) {
    throw new ProtocolError("job-failed", `Of ${config.database}, ${drift}. Its report: ${file}`);
  }
  if (config.do === "compare") return { said: `Compared: ${drift}.` };
  const applied = stores.reduce((sum, { apply }) => sum + (apply?.outcomes.applied ?? 0), 0);
  const pulled = applied === 1 ? "1 record was pulled" : `${applied} records were pulled`;
  return { said: left === 0 ? `${pulled}.` : `${pulled}; ${left} left to a person.` };
}
