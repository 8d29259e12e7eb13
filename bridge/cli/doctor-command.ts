/** `driftscope doctor [CONNECTION]`: what keeps connections from being used, and what to do. */
import type { Finding } from "../../core/protocol/frames.ts";
import { checkBackend } from "../backends/check-backend.ts";
import { describeBackend, openBackend } from "../backends/registry.ts";
import type { Config } from "../config/load-config.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { requireConnection } from "./require-connection.ts";

const SIGNS: Readonly<Record<Finding["is"], string>> = { right: "ok", doubtful: "??", wrong: "!!" };

/** @param only One connection; absent = all. @throws CliError when something is wrong */
export async function checkConnections(config: Config, only?: string): Promise<void> {
  const names = only === undefined ? Object.keys(config.connections) : [only];
  let wrong = 0;
  for (const name of names) {
    const connection = requireConnection(config, name);
    console.log(`${name}  ${connection.backend}: ${describeBackend(connection, config.folder)}`);
    const backend = openBackend(connection, { config: config.folder, data: config.dataDir });
    const findings = await checkBackend(backend);
    await backend.close();
    for (const { about, is, said } of findings) console.log(`  ${SIGNS[is]} ${about}: ${said}`);
    wrong += findings.filter(({ is }) => is === "wrong").length;
  }
  if (wrong === 0) return;
  const things = wrong === 1 ? "One thing is" : `${wrong} things are`;
  throw new CliError(ExitCode.connection, `${things} wrong: see the lines with !!.`);
}
