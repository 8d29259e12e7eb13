/** The parameters of a job's run: checked against what the config file declares, and made texts for its arguments. */
import * as v from "valibot";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { ParameterConfig } from "../config/jobs-schema.ts";
import { nearestName } from "../config/nearest-name.ts";

export type ParameterValue = string | number | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

const MAX_TEXT_LENGTH = 4096;

/** A command line gives texts; a panel may give numbers and booleans as well. */
const numberOf = v.pipe(
  v.union([
    v.number(),
    v.pipe(v.string(), v.regex(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i), v.transform(Number)),
  ]),
  v.finite(),
);
const booleanOf = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(["true", "false"]),
    v.transform((word) => word === "true"),
  ),
]);

/** biome-ignore lint/suspicious/noControlCharactersInRegex: no argument of a process can hold it. */
const NUL = /\u0000/;

function isText(value: string, pattern: string | undefined): boolean {
  if (!value.isWellFormed() || NUL.test(value)) return false;
  // The person who wrote the pattern has decided; without one, nothing that could be read as an option or as two lines.
  if (pattern !== undefined) return new RegExp(`^(?:${pattern})$`, "u").test(value);
  return !value.startsWith("-") && !/\p{Cc}/u.test(value);
}

function schemaOf(parameter: ParameterConfig): v.GenericSchema<unknown, ParameterValue> {
  switch (parameter.type) {
    case "text":
      return v.pipe(
        v.string(),
        v.maxLength(MAX_TEXT_LENGTH),
        v.check((value) => isText(value, parameter.pattern)),
      );
    case "number": {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = parameter;
      return v.pipe(
        numberOf,
        v.check((value) => value >= min && value <= max && (!integer || Number.isSafeInteger(value))),
      );
    }
    case "boolean":
      return booleanOf;
    case "one-of":
      return v.picklist(parameter.values);
  }
}

/** What is right for a parameter, in words. */
export function expectationOf(parameter: ParameterConfig): string {
  switch (parameter.type) {
    case "text":
      return parameter.pattern === undefined
        ? "a text on one line that does not begin with a hyphen"
        : `a text like ${parameter.pattern}`;
    case "number": {
      const { min, max, integer } = parameter;
      const kind = integer ? "a whole number" : "a number";
      if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
      if (min !== undefined) return `${kind}, at least ${min}`;
      return max === undefined ? kind : `${kind}, at most ${max}`;
    }
    case "boolean":
      return "true or false";
    case "one-of":
      return `one of ${parameter.values.join(", ")}`;
  }
}

/** Why the value that the config file gives in advance is none, or undefined. */
export function defaultProblem(parameter: ParameterConfig): string | undefined {
  const { default: given } = parameter;
  if (given === undefined || v.is(schemaOf(parameter), given)) return undefined;
  return expectationOf(parameter);
}

/** @throws ProtocolError "bad-parameter" naming the parameter, what is right, and what was found */
export function checkParameters(
  job: string,
  declared: Readonly<Record<string, ParameterConfig>>,
  given: Readonly<Record<string, unknown>>,
): ParameterValues {
  const known = Object.keys(declared);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearestName(unknown, known);
    const hint = meant === undefined ? `it has ${known.join(", ") || "none"}` : `did you mean "${meant}"?`;
    throw wrong(`The job "${job}" has no parameter "${unknown}": ${hint}.`);
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => {
      const value = given[name] ?? parameter.default;
      if (value === undefined) {
        throw wrong(`The job "${job}" wants a value for "${name}": ${expectationOf(parameter)}.`);
      }
      const parsed = v.safeParse(schemaOf(parameter), value);
      if (parsed.success) return [name, parsed.output];
      const found = JSON.stringify(value).slice(0, 80);
      throw wrong(
        `The parameter "${name}" of the job "${job}" is ${found}: expected ${expectationOf(parameter)}.`,
      );
    }),
  );
}

const wrong = (message: string): ProtocolError => new ProtocolError("bad-parameter", message);
