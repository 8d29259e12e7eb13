import type { JobInfo, JobParameter, JobRun } from "../../core/protocol/job-frames.ts";
import type { DatasetOutputConfig, JobConfig, ParameterConfig } from "../config/jobs-schema.ts";
import { expectationOf } from "./parameters.ts";
import { resultSettings } from "./result-settings.ts";

interface Told {
  /** Of input and output, in words. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly running: JobRun | undefined;
  readonly last: JobRun | undefined;
}

/** A job as a panel may see it: no values of its environment. */
export function jobInfo(name: string, config: JobConfig, { input, output, running, last }: Told): JobInfo {
  const { kind, label, command, parameters = {}, timeLimitMinutes } = config;
  const place = config.output;
  return {
    name,
    kind,
    ...(label === undefined ? {} : { label }),
    command: [...command],
    parameters: Object.entries(parameters).map(([of, parameter]) => parameterInfo(of, parameter)),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(place !== undefined && "connection" in place ? { dataset: datasetInfo(place) } : {}),
    timeLimitMinutes,
    ...(running === undefined ? {} : { running }),
    ...(last === undefined ? {} : { last }),
  };
}

function datasetInfo(place: DatasetOutputConfig): NonNullable<JobInfo["dataset"]> {
  const { connection, collection } = place;
  const mapping = resultSettings(place);
  return { connection, collection, ...(mapping === undefined ? {} : { mapping: JSON.stringify(mapping) }) };
}

function parameterInfo(name: string, parameter: ParameterConfig): JobParameter {
  const { label } = parameter;
  const common = { name, ...(label === undefined ? {} : { label }), expected: expectationOf(parameter) };
  const given = parameter.default === undefined ? {} : { default: parameter.default };
  const values = parameter.type === "one-of" ? { values: [...parameter.values] } : {};
  return { type: parameter.type, ...common, ...values, ...given } as JobParameter;
}
