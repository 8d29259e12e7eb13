/** The form of a job's parameters: what is typed, what is wrong with it, and what is sent. */
import type { JobParameters } from "../../../core/protocol/client/bridge-jobs.ts";
import type { JobInfo, JobParameter } from "../../../core/protocol/job-frames.ts";

type Typed = Readonly<Record<string, string>>;

/** What stands in the field before anybody has typed. */
export function initialText(parameter: JobParameter): string {
  if (parameter.default !== undefined) return String(parameter.default);
  if (parameter.type === "boolean") return "false";
  return parameter.type === "one-of" ? (parameter.values[0] ?? "") : "";
}

const textOf = (parameter: JobParameter, typed: Typed): string =>
  typed[parameter.name] ?? initialText(parameter);

/** The first field that cannot be sent, in words; the bridge checks everything again, and more. */
export function formProblem({ parameters }: JobInfo, typed: Typed): string | undefined {
  for (const parameter of parameters) {
    const text = textOf(parameter, typed);
    const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
    const isMissing = text === "" && parameter.type === "text" && parameter.default === undefined;
    if (isMissing || (parameter.type === "number" && !isNumber)) {
      return `${parameter.label ?? parameter.name}: ${parameter.expected}`;
    }
  }
  return undefined;
}

export function parametersOf({ parameters }: JobInfo, typed: Typed): JobParameters {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const text = textOf(parameter, typed);
      const value =
        parameter.type === "number" ? Number(text) : parameter.type === "boolean" ? text === "true" : text;
      return [parameter.name, value];
    }),
  );
}
