/** What --job stands for: where the result of a job of the config file is, and how it is mapped. */
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import type { Config } from "../config/load-config.ts";
import { resultSettings } from "../jobs/result-settings.ts";
import { CliError, ExitCode } from "./exit-codes.ts";

export interface JobResult {
  readonly connection: string;
  readonly settings: MappingSettings;
}

/** @throws CliError "usage" */
export function jobResult(name: string, { jobs }: Pick<Config, "jobs">): JobResult {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) {
    const names = Object.keys(jobs).map((one) => `"${one}"`);
    throw usage(`There is no job "${name}": the config file has ${names.join(", ") || "none"}.`);
  }
  const { output } = job;
  if (output === undefined || !("connection" in output)) {
    throw usage(`The job "${name}" makes no dataset of a connection that could be compared.`);
  }
  const settings = resultSettings(output);
  if (settings !== undefined) return { connection: output.connection, settings };
  throw usage(
    `How the result of the job "${name}" is mapped is not in the config file: add "mapping" to its output, or name --connection ${output.connection}, --table ${output.collection} and --mapping.`,
  );
}

const usage = (message: string): CliError => new CliError(ExitCode.usage, message);
