/**
 * A page's storage is in a browser, and no page is open by itself: a command of the command line opens one without a
 * window, on the profile that the config file names, and joins this bridge for the backend.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import type { PageTask } from "../config/schedules-schema.ts";
import { type Report, ReportSchema } from "../headless/report/report-schema.ts";
import { reportFile } from "./kept-reports.ts";
import { runCommandLine } from "./run-command-line.ts";
import type { Task, TaskOutcome, TaskRequest, TaskWords } from "./task.ts";

/** One that is opened without a window, on a profile. */
type HeadlessTask = PageTask & { readonly profile: string };

export interface PageTaskPlaces {
  readonly configFile: string | undefined;
  readonly configFolder: string;
  readonly dataDir: string;
  /** Of reports, where the config file names no other. */
  readonly reports: string;
  readonly now: () => number;
}

export function pageTask(config: HeadlessTask, words: TaskWords, places: PageTaskPlaces): Task {
  return {
    ...words,
    async run({ signal }: TaskRequest) {
      const text = await runCommandLine(argumentsOf(config, places), {
        signal,
        limitMinutes: config.timeLimitMinutes,
        shorten: "name fewer stores",
      });
      const report = readReport(text);
      const file = await keepReport(text, config, places);
      return { ...outcomeOf(config, report, file), report: file };
    },
  };
}

function argumentsOf(config: HeadlessTask, { configFile, configFolder, dataDir }: PageTaskPlaces): string[] {
  const { url, profile, app = true, database, stores = [], connection, mapping } = config;
  return [
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
  config: HeadlessTask,
  { configFolder, reports, now }: PageTaskPlaces,
): Promise<string> {
  const folder = config.reports === undefined ? reports : resolve(configFolder, config.reports);
  const file = join(folder, reportFile(config.do, now()));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** @throws ProtocolError "job-failed" with the report's own words */
function outcomeOf(config: HeadlessTask, { exitCode, error, stores }: Report, file: string): TaskOutcome {
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
