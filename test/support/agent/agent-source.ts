import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { repositoryRoot } from "../repository.ts";

let built: Promise<string> | undefined;

/** The agent's script, built from the sources as they are now. */
export function agentSource(): Promise<string> {
  built ??= buildAgent();
  return built;
}

async function buildAgent(): Promise<string> {
  const output = (await build({
    configFile: join(repositoryRoot, "agent/vite.config.ts"),
    logLevel: "warn",
    build: { write: false },
  })) as Rolldown.RolldownOutput[];
  const chunk = output[0]?.output[0];
  if (chunk?.type !== "chunk") throw new Error("The agent's build is not one script.");
  return chunk.code;
}
