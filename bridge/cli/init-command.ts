/** `driftscope init`: a config file to start from. */

import { existsSync, writeFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "../../core/session/session-error.ts";
import type { ConfigFile } from "../config/config-schema.ts";
import { DEFAULT_PORT } from "../config/config-schema.ts";
import { CONFIG_FILE_NAME } from "../config/load-config.ts";
import { programUrl } from "../process/program-url.ts";
import { CliError, ExitCode } from "./exit-codes.ts";

/** Beside the sources, from dist/node/bridge. */
const schemaPath = fileURLToPath(programUrl("../../../bridge/config/driftscope.config.schema.json"));

export function initConfig(folder: string): void {
  const file = resolve(folder, CONFIG_FILE_NAME);
  const content: ConfigFile = {
    ...(existsSync(schemaPath) ? { $schema: schemaReference(folder) } : {}),
    port: DEFAULT_PORT,
    connections: { local: { backend: "sqlite", file: "driftscope.sqlite", level: "confirm" } },
  };
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    const why =
      error instanceof Error && "code" in error && error.code === "EEXIST"
        ? "is there already and is left as it is"
        : `cannot be written (${messageOf(error)})`;
    throw new CliError(ExitCode.usage, `${file} ${why}.`, { cause: error });
  }
  console.log(`Wrote ${file}. Start the bridge there with \`driftscope bridge\`.`);
}

/** A relative path where the package is near, else its URL. */
function schemaReference(folder: string): string {
  const path = relative(folder, schemaPath);
  const isNear = !path.startsWith(`..${sep}..${sep}..`) && !path.startsWith(sep);
  return isNear ? `./${path.split(sep).join("/")}` : pathToFileURL(schemaPath).href;
}
