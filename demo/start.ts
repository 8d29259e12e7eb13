/**
 * `npm start`: the demo application in a real browser, DevTools on the Driftscope panel, page and backend
 * drifted apart in every way. With a display it stays open; headless it settles everything through the panel,
 * and its last line is one JSON object with the counts.
 */
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "../test/support/repository.ts";
import { Demo } from "./demo.ts";
import { type Options, readOptions } from "./options.ts";
import { isSettled } from "./scenario.ts";
import { settle } from "./settle.ts";
import { tellWhatToTry } from "./what-to-try.ts";

async function main(): Promise<number> {
  // From the first line on: what was started has to be closed, whenever the person has had enough.
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(() => 130);
  const options = readOptions(process.argv.slice(2));
  const demo = await Demo.start({ ...options, folder: join(repositoryRoot, ".driftscope/demo") });
  try {
    return await Promise.race([show(demo, options), interrupted]);
  } finally {
    await demo.close();
  }
}

/** Answers the exit code. */
async function show(demo: Demo, { headless, backend }: Options): Promise<number> {
  const before = await demo.driftApart();
  if (!headless) {
    tellWhatToTry(before, backend ?? `an SQLite file below ${demo.folder}`);
    await demo.browser.closed;
    return 0;
  }
  const result = await settle(demo, before);
  console.log(JSON.stringify(result));
  return isSettled(result.after) ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
