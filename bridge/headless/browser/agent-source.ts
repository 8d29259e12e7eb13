import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HeadlessError } from "../headless-error.ts";

/** Beside the compiled program: dist/agent/page.js for dist/node/bridge/headless/browser. */
const PATH = fileURLToPath(new URL("../../../../agent/page.js", import.meta.url));

/** What is put into the page. @throws HeadlessError "page-failed" */
export function readAgentSource(): string {
  try {
    return readFileSync(PATH, "utf8");
  } catch (error) {
    throw new HeadlessError("page-failed", `The agent is missing at ${PATH}: npm run build`, {
      cause: error,
    });
  }
}
