import { fileURLToPath } from "node:url";
import type { JobConfig } from "../config/jobs-schema.ts";
import type { ParameterValues } from "./parameters.ts";
import { fillIn } from "./placeholders.ts";

interface Places {
  readonly input?: string | undefined;
  readonly manifest?: string | undefined;
  readonly output?: string | undefined;
}

/** The command with everything filled in: as many arguments as the config file has, whatever the values hold. */
export function jobArguments(
  { command, kind }: Pick<JobConfig, "command" | "kind">,
  places: Places,
  parameters: ParameterValues,
): string[] {
  const values = new Map<string, string>(
    Object.entries(parameters).map(([name, value]) => [name, String(value)]),
  );
  for (const [name, uri] of Object.entries(places)) {
    if (uri !== undefined) values.set(name, kind === "command" ? asPath(uri) : uri);
  }
  return command.map((argument) => fillIn(argument, (name) => values.get(name) ?? ""));
}

/** Few programs take a URI for a file; Hadoop's, Spark's and Hive's do. */
const asPath = (uri: string): string => (uri.startsWith("file:") ? fileURLToPath(uri) : uri);
