import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programUrl } from "../../process/program-url.ts";
import { HeadlessError } from "../headless-error.ts";

/** Beside the built program: dist/agent/page.js for dist/node/bridge. */
const PATH = fileURLToPath(programUrl("../../agent/page.js"));

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
