import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { agentSource } from "../agent/agent-source.ts";
import { builtBridge } from "../bridge/built-bridge.ts";

/** The command line's main file, from the sources as they are now, with the agent where it looks for it. */
export async function builtCommandLine(): Promise<string> {
  const program = builtBridge();
  const agent = join(dirname(program), "agent", "page.js");
  if (!existsSync(agent)) {
    const temporary = `${agent}.${process.pid}`;
    mkdirSync(dirname(agent), { recursive: true });
    writeFileSync(temporary, await agentSource());
    renameSync(temporary, agent);
  }
  return join(program, "bridge", "cli", "main.js");
}
