/** What a program printed last, where this process is slow to take it, or somebody else holds its output open. */
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Blotter } from "../../bridge/jobs/blotter.ts";
import { runProgram } from "../../bridge/jobs/run-program.ts";
import { isProcessAlive } from "../support/jobs/processes.ts";

async function run(script: string, takes: () => Promise<void> = async () => {}) {
  let printed = "";
  const end = await runProgram({
    command: [process.execPath, "-e", script],
    folder: tmpdir(),
    environment: {},
    runId: `test-${process.pid}-${Math.random()}`,
    blotter: new Blotter({}),
    signal: new AbortController().signal,
    onStart: async () => {},
    onPrinted: async (text) => {
      await takes();
      printed += text;
    },
    onProgress: () => {},
  });
  return { end, printed };
}

test("all of it is kept, however long after the end of the program", async () => {
  // More than a pipe holds: the program waits for the first part, and has ended long before the last one is taken.
  const lines = 'for (let i = 0; i < 300; i++) console.log(String(i).padEnd(999, "."));';
  const { end, printed } = await run(lines, () => sleep(1500));
  expect(end).toMatchObject({ exitCode: 0, isStillThere: false });
  expect(printed.split("\n")).toHaveLength(301);
});

test("a process that nobody can find, and that holds it open, holds up nothing", async () => {
  // Without the run's variable, and in a group of its own.
  const hidden = "setTimeout(() => {}, 60_000)";
  const { end, printed } = await run(`
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(hidden)}], { stdio: "inherit", detached: true, env: {} });
    child.unref();
    console.log(child.pid);
  `);
  expect(end).toMatchObject({ exitCode: 0 });
  const pid = Number(printed);
  expect(isProcessAlive(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
});
