import type { ConnectionConfig } from "../config/config-schema.ts";
import type { Config } from "../config/load-config.ts";
import { CliError, ExitCode } from "./exit-codes.ts";

/** @throws CliError naming those there are */
export function requireConnection(config: Config, name: string): ConnectionConfig {
  const connection = Object.hasOwn(config.connections, name) ? config.connections[name] : undefined;
  if (connection !== undefined) return connection;
  const names = Object.keys(config.connections).map((one) => `"${one}"`);
  throw new CliError(
    ExitCode.usage,
    `There is no connection "${name}": ${config.file ?? "the default configuration"} has ${names.join(", ") || "none"}.`,
  );
}
