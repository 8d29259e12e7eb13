/** The environment of a job: what every program needs of this machine, and what the config file names. */
import type { JobConfig } from "../config/jobs-schema.ts";
import { readSecret } from "../config/secret.ts";

/** The bridge's own environment holds the secrets of its connections: nothing else of it is passed on. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|JAVA_HOME|NODE_EXTRA_CA_CERTS)$/;

export interface JobEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Those whose values are blotted out of what the job prints. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** @throws BackendError "unauthorized" naming the variable or the file, and what to do */
export function jobEnvironment(
  { environment = {} }: Pick<JobConfig, "environment">,
  configFolder: string,
): JobEnvironment {
  const passed = Object.entries(process.env).filter(
    (entry): entry is [string, string] => PASSED_ON.test(entry[0]) && entry[1] !== undefined,
  );
  const secrets = Object.fromEntries(
    Object.entries(environment).map(([name, secret]) => [name, readSecret(secret, configFolder)]),
  );
  return { variables: { ...Object.fromEntries(passed), ...secrets }, secrets };
}
