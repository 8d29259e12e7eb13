import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

const LONG = { timeout: 60_000 };
const BAND = '[data-testid="state"][data-state="schedule-waits"]';

const program = (text: string) => [process.execPath, "-e", text.replace(/[{}]/g, "$&$&"), "{output}"];
const YEARLY = { cron: "@yearly", timeZone: "Europe/Berlin" };
const CONFIG = {
  jobs: {
    good: {
      kind: "command",
      command: program("require('fs').writeFileSync(process.argv[1] + '/part-0', 'x')"),
      output: { folder: "out" },
    },
    bad: { kind: "command", command: program("process.exit(5)"), output: { folder: "out" } },
  },
  schedules: {
    good: { ...YEARLY, label: "Once a year", task: { do: "job", job: "good" } },
    bad: { ...YEARLY, retry: { times: 1, minutes: 60 }, task: { do: "job", job: "bad" } },
    queue: { ...YEARLY, task: { do: "send-queue" }, timesFromPanel: true },
    page: {
      ...YEARLY,
      task: {
        do: "compare",
        url: "http://localhost:1/",
        profile: "profile",
        database: "shop",
        connection: "local",
      },
    },
  },
};

/** Schedules of the config file, as the panel shows and changes them. */
export function scheduling(name: BrowserName): void {
  const bed = useBed(name, { "driftscope.config.json": JSON.stringify(CONFIG) });

  async function openSchedules(): Promise<DriftscopePanel> {
    const { panel } = await bed.openPage([{ id: 1 }]);
    await bed.pair(panel);
    await panel.openTab("Schedules");
    await panel.driver.waitFor('[data-testid="schedule-choice"][data-schedule="good"]', LONG);
    return panel;
  }

  async function choose(panel: DriftscopePanel, schedule: string): Promise<void> {
    await panel.driver.click(`[data-testid="schedule-choice"][data-schedule="${schedule}"]`);
    await panel.driver.waitFor(`[data-testid="schedule"][data-schedule="${schedule}"]`);
  }

  test("a schedule shows its times in words and figures, runs now, and tells what came of it", async () => {
    const panel = await openSchedules();
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule"]'))
      .toMatch(
        /Once a year.*Runs the job good.*by the bridge.*At 00:00, on day 1 of the month, only in January/s,
      );
    await expect.poll(() => panel.driver.count('[data-testid="next-times"] li')).toBe(5);
    await panel.driver.click('[data-testid="run-schedule"]');
    await panel.driver.waitFor('[data-testid="schedule-result"][data-state="succeeded"]', LONG);
    await panel.driver.waitFor('[data-testid="schedule-entry"][data-state="succeeded"]', LONG);
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule-entry"]'))
      .toContain("by DevTools panel");
    expect(existsSync(join(bed.bridge.folder, "out/current/part-0"))).toBe(true);
    // The run of the job is in its own history, too.
    await panel.openTab("Jobs");
    await panel.driver.waitFor('[data-testid="job-run"][data-state="succeeded"]', LONG);
  });

  test("a failure shows its reason and when it is tried again", async () => {
    const panel = await openSchedules();
    await choose(panel, "bad");
    await panel.driver.click('[data-testid="run-schedule"]');
    await panel.driver.waitFor('[data-testid="schedule-result"][data-state="failed"]', LONG);
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule-problem"]'))
      .toMatch(/exit code 5.*It is tried again/s);
  });

  test("one that needs a page says where that is opened", async () => {
    const panel = await openSchedules();
    await choose(panel, "page");
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule"]'))
      .toMatch(/headless, with the profile .*profile/);
  });

  test("one that waits for a panel asks for it on its page, and is done there when the person says so", async () => {
    bed.expectErrors(/WebSocket|can.t establish a connection|was interrupted/);
    const { panel, local, url } = await bed.openAgreed([{ id: 1 }, { id: 2 }]);
    await local.put([{ id: 2, text: "changed" }]);
    const page = { do: "compare", waitForPanel: true, database: local.database, connection: "local" };
    const look = { ...YEARLY, task: { ...page, url, stores: ["notes"] } };
    const elsewhere = { ...YEARLY, task: { ...page, url: "http://localhost:1/" } };
    const schedules = { ...CONFIG.schedules, look, elsewhere };
    await bed.reconfigureBridge({ "driftscope.config.json": JSON.stringify({ ...CONFIG, schedules }) });
    await panel.openTab("Schedules");
    await panel.driver.waitFor('[data-testid="schedule-choice"][data-schedule="look"]', LONG);
    await panel.waitForBridge("ready");
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule-choice"][data-schedule="look"]'))
      .toContain("in a panel");
    for (const name of ["elsewhere", "look"]) {
      await choose(panel, name);
      await panel.driver.click('[data-testid="run-schedule"]');
      await panel.driver.waitFor('[data-testid="schedule-result"][data-state="waiting"]', LONG);
    }
    // It waits on when the bridge is another one, whatever is on screen; the one of another page is not asked for here.
    await panel.openTab("Sync");
    await bed.killBridge();
    await panel.waitForBridge("not-running");
    await bed.restartBridge();
    await panel.waitForBridge("ready");
    await panel.driver.waitFor(BAND, LONG);
    await expect.poll(() => panel.driver.count(BAND)).toBe(1);
    await expect
      .poll(() => panel.driver.text(BAND))
      .toMatch(/“look” waits for this page.*Nothing is written/s);
    expect(await panel.driver.axe()).toEqual([]);
    await panel.driver.click('[data-testid="compare-waiting"]');
    await panel.driver.waitFor(BAND, { state: "hidden", ...LONG });
    // What was compared is shown.
    await vi.waitFor(async () => expect(await panel.counts()).toEqual({ equal: 1, changedHere: 1 }), {
      timeout: 60_000,
    });
    await panel.openTab("Schedules");
    await choose(panel, "look");
    await panel.driver.waitFor('[data-testid="schedule-result"][data-state="succeeded"]', LONG);
    const said = await panel.driver.text('[data-testid="schedule"]');
    expect(said).toContain("Compared by DevTools panel: 1 record differs.");
    const [report = ""] = /\/\S+compare-\S+\.json/.exec(said) ?? [];
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({
      page: url,
      stores: [{ store: "notes", rows: { local: 2, remote: 2 }, counts: { equal: 1, changedHere: 1 } }],
    });
    // The person may not want to: nothing is compared then.
    await panel.driver.click('[data-testid="run-schedule"]');
    await panel.driver.waitFor(BAND, LONG);
    await panel.driver.click('[data-testid="decline-waiting"]');
    await panel.driver.waitFor('[data-testid="schedule-result"][data-state="cancelled"]', LONG);
  }, 240_000);

  test("paused, it has no next times, also for the next bridge, until it is resumed", async () => {
    bed.expectErrors(/WebSocket|can.t establish a connection|was interrupted/);
    const panel = await openSchedules();
    await panel.driver.click('[data-testid="pause-schedule"]');
    await panel.driver.waitFor('[data-testid="schedule-paused"]', LONG);
    await bed.killBridge();
    await panel.waitForBridge("not-running");
    await bed.restartBridge();
    await panel.waitForBridge("ready");
    await panel.driver.waitFor('[data-testid="schedule-paused"]', LONG);
    await panel.driver.click('[data-testid="pause-schedule"]');
    await panel.driver.waitFor('[data-testid="next-times"]', LONG);
  });

  test("other times are shown before they are set, where the file allows them", async () => {
    const panel = await openSchedules();
    // The file keeps those of the first one to itself.
    await expect
      .poll(() => panel.driver.attribute('[data-testid="edit-times"]', "aria-disabled"))
      .toBe("true");
    await choose(panel, "queue");
    await panel.driver.click('[data-testid="edit-times"]');
    await panel.driver.fill('[data-testid="times-cron"]', "0 0 30 2 *");
    await expect
      .poll(() => panel.driver.text('[data-testid="times-preview"]'), LONG)
      .toContain("an expression that ever fires");
    await expect
      .poll(() => panel.driver.attribute('[data-testid="save-times"]', "aria-disabled"))
      .toBe("true");
    await panel.driver.fill('[data-testid="times-cron"]', "30 6 * * 1-5");
    await panel.driver.waitFor('[data-testid="times-preview"][data-state="right"]', LONG);
    await expect
      .poll(() => panel.driver.text('[data-testid="times-preview"]'))
      .toContain("At 06:30, Monday through Friday");
    await panel.driver.click('[data-testid="save-times"]');
    await expect
      .poll(() => panel.driver.text('[data-testid="schedule-words"]'), LONG)
      .toMatch(/At 06:30, Monday through Friday.*set in a panel; the config file says @yearly/s);
    await panel.driver.click('[data-testid="times-of-file"]');
    await panel.driver.waitFor('[data-testid="times-of-file"]', { state: "hidden" });
  });
}
