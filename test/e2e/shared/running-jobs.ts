import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { processesOfRun } from "../../support/jobs/processes.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

const LONG = { timeout: 60_000 };

/** Goes on when a file says so: what the panel shows meanwhile is looked at without haste. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const [act, output, ...rest] = process.argv.slice(2);
const until = async (name) => { while (!existsSync(name)) await new Promise((r) => setTimeout(r, 20)); };
if (act === "words") {
  console.log("counting <b>" + rest.join(" ") + "</b>");
  console.error("2026-01-02 INFO mapreduce.Job:  map 100% reduce 20%");
  await until("go-on");
  writeFileSync(join(output, "part-0"), rest.join(" "));
} else if (act === "fail") {
  writeFileSync(join(output, "half"), "x");
  console.error("\\u001b[31mno space left\\u001b[0m");
  process.exit(4);
} else if (act === "print") {
  for (let i = 0; i < 3000; i++) console.log("line " + i + " " + ".".repeat(1000));
  writeFileSync(join(output, "part-0"), "x");
} else {
  console.log("for ever");
  setInterval(() => {}, 1000);
}
`;

const job = (act: string, more: object = {}, ...rest: string[]) => ({
  kind: "command",
  command: [process.execPath, "program.mjs", act, "{output}", ...rest],
  output: { folder: `out-${act}` },
  ...more,
});

const CONFIG = {
  jobs: {
    words: job(
      "words",
      {
        progress: "reduce (\\d+)%",
        parameters: {
          region: { type: "one-of", values: ["eu", "us"] },
          days: { type: "number", min: 1, max: 30, integer: true, label: "Days back" },
          all: { type: "boolean" },
        },
      },
      "{region}",
      "{days}",
      "{all}",
    ),
    fail: job("fail"),
    print: job("print"),
    endless: job("endless"),
  },
};

/** Jobs of the config file, run from the panel. */
export function runningJobs(name: BrowserName): void {
  const bed = useBed(name, {
    "driftscope.config.json": JSON.stringify(CONFIG),
    "program.mjs": PROGRAM,
  });

  async function openJobs(): Promise<DriftscopePanel> {
    const { panel } = await bed.openPage([{ id: 1 }]);
    await bed.pair(panel);
    await panel.openTab("Jobs");
    await panel.driver.waitFor('[data-testid="job"][data-job="words"]', LONG);
    return panel;
  }

  const choose = (panel: DriftscopePanel, job: string) =>
    panel.driver.click(`[data-testid="job"][data-job="${job}"]`);
  const run = (panel: DriftscopePanel) => panel.driver.click('[data-testid="run-job"]');
  const waitForState = (panel: DriftscopePanel, state: string) =>
    panel.driver.waitFor(`[data-testid="run"][data-state="${state}"]`, LONG);
  const logOf = (panel: DriftscopePanel) => panel.driver.text('[data-testid="run-log"]');
  const inBridge = (path: string) => join(bed.bridge.folder, path);

  test("a run shows its progress and its log, and its output is there when it has ended", async () => {
    const panel = await openJobs();
    // Nothing is sent that cannot be right.
    await expect.poll(() => panel.driver.attribute('[data-testid="run-job"]', "aria-disabled")).toBe("true");
    await panel.driver.fill('[data-testid="job-parameter-days"]', "99");
    await run(panel);
    await panel.driver.waitFor('[data-testid="job-refused"][data-state="bad-parameter"]', LONG);
    await expect
      .poll(() => panel.driver.text('[data-testid="job-refused"]'))
      .toContain("a whole number from 1 to 30");
    await panel.driver.fill('[data-testid="job-parameter-days"]', "7");
    await panel.select('[data-testid="job-parameter-region"]', "us");
    await panel.driver.click('[data-testid="job-parameter-all"]');
    await run(panel);
    await waitForState(panel, "running");
    await expect.poll(() => logOf(panel), LONG).toContain("counting <b>us 7 true</b>");
    await panel.driver.waitFor('[role="progressbar"][aria-valuenow="20"]', LONG);
    expect(existsSync(inBridge("out-words/current"))).toBe(false);
    writeFileSync(inBridge("go-on"), "");
    await waitForState(panel, "succeeded");
    expect(readFileSync(inBridge("out-words/current/part-0"), "utf8")).toBe("us 7 true");
    await expect
      .poll(() => panel.driver.text('[data-testid="job-run"]'))
      .toMatch(/Succeeded\s*1 file, 9 B.*days=7.*DevTools panel/s);
  });

  test("a failure shows the exit code, what was printed last, and the next step", async () => {
    mkdirSync(inBridge("out-fail/runs"), { recursive: true });
    const panel = await openJobs();
    await choose(panel, "fail");
    await run(panel);
    await waitForState(panel, "failed");
    const problem = await panel.driver.text('[data-testid="run-problem"]');
    expect(problem).toMatch(
      /exit code 4: the last lines of its log say why.*readers see what they saw before/s,
    );
    await expect.poll(() => logOf(panel), LONG).toBe("no space left");
    expect(existsSync(inBridge("out-fail/current"))).toBe(false);
  });

  test("a run that never ends is cancelled, with its processes", async () => {
    const panel = await openJobs();
    await choose(panel, "endless");
    await run(panel);
    await expect.poll(() => logOf(panel), LONG).toContain("for ever");
    const runId = (await panel.driver.attribute('[data-testid="run"]', "data-run")) ?? "";
    expect(processesOfRun(runId)).toHaveLength(1);
    await panel.driver.click('[data-testid="cancel-job"]');
    await waitForState(panel, "cancelled");
    expect(processesOfRun(runId)).toEqual([]);
    await panel.driver.waitFor(`[data-testid="job-run"][data-run="${runId}"][data-state="cancelled"]`, LONG);
  });

  test("a long log shows its end, and says that there is more", async () => {
    const panel = await openJobs();
    await choose(panel, "print");
    await run(panel);
    // Together: what a run printed says nothing without how it ended, and what else the panel has to say.
    const shown = async () => {
      const state = await panel.driver.attribute('[data-testid="run"]', "data-state");
      const log = await logOf(panel);
      return { state, log: log.slice(-1100), status: await panel.driver.text("footer") };
    };
    await expect
      .poll(shown, LONG)
      .toMatchObject({ state: "succeeded", log: expect.stringMatching(/line 2999 \.+$/) });
    expect((await logOf(panel)).length).toBeLessThan(210_000);
    await expect.poll(() => panel.driver.text('[data-testid="run"]')).toContain("driftscope job log");
  });

  test("a bridge that dies during a run tells of it when it is back", async () => {
    bed.expectErrors(/WebSocket|can.t establish a connection|was interrupted/);
    const panel = await openJobs();
    await choose(panel, "endless");
    await run(panel);
    await waitForState(panel, "running");
    const runId = (await panel.driver.attribute('[data-testid="run"]', "data-run")) ?? "";
    await bed.killBridge();
    await panel.waitForBridge("not-running");
    await bed.restartBridge();
    await panel.waitForBridge("ready");
    await panel.driver.waitFor(`[data-testid="run"][data-run="${runId}"][data-state="interrupted"]`, LONG);
    await expect.poll(() => panel.driver.text('[data-testid="run-problem"]')).toContain("Run it again");
    expect(processesOfRun(runId)).toEqual([]);
  });
}
