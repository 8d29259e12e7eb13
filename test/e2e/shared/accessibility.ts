import { expect, test } from "vitest";
import { listenAsStranger } from "../../support/bridge/stranger.ts";
import { wrongCode } from "../../support/bridge/wrong-code.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

/** What browsers log by themselves about a WebSocket that could not be opened, or ended. */
const SOCKET_TROUBLE = /WebSocket|can.t establish a connection|was interrupted|Firefox can/;

const SIZES = [
  [554, 466],
  [1400, 800],
] as const;
/** Milliseconds: axe reads every view four times, two of them for the colors alone. */
const MANY_READINGS = 300_000;
/** What holds of the document in one theme holds in the other, but for its colors. */
const THEMES = [
  ["light", "all"],
  ["dark", "colors"],
] as const;

const base = (id: number) => ({
  id,
  title: `record ${id}`,
  size: { width: 1, height: 2 },
  tags: ["a", null],
});
const BASE = [1, 2, 3, 4, 5, 6, 7, 8].map(base);

/** Fails, and has everything that a job's form can ask. */
const WORDS = {
  kind: "command",
  label: "Counts words",
  command: [
    process.execPath,
    "-e",
    "console.log('counting'); process.exit(3)",
    "{a}",
    "{b}",
    "{c}",
    "{output}",
  ],
  parameters: {
    a: { type: "text", default: "x" },
    b: { type: "boolean" },
    c: { type: "one-of", values: ["eu", "us"] },
  },
};

/** The schedule has a job of its own: it is tried again by itself, in the middle of another test. */
const WORK = {
  jobs: {
    words: { ...WORDS, output: { folder: "out" } },
    nightly: { ...WORDS, output: { folder: "out-of-the-night" } },
  },
  schedules: {
    nightly: {
      cron: "@yearly",
      timesFromPanel: true,
      retry: { times: 1 },
      task: { do: "job", job: "nightly", parameters: { b: true, c: "us" } },
    },
  },
};

/** Every view with everything in it, as axe sees it: both themes, small and large. */
export function accessibility(name: BrowserName): void {
  const bed = useBed(name, { "driftscope.config.json": JSON.stringify(WORK) });

  async function expectNoViolations({ driver }: DriftscopePanel, view: string): Promise<void> {
    for (const [width, height] of SIZES) {
      await driver.setSize(width, height);
      for (const [theme, rules] of THEMES) {
        await driver.setTheme(theme);
        expect({ view, width, theme, violations: await driver.axe(rules) }).toMatchObject({ violations: [] });
        const scrolled = await driver.evaluate(() => document.querySelector(".app")?.scrollTop ?? -1);
        expect({ view, width, scrolled }).toMatchObject({ scrolled: 0 });
      }
    }
  }

  test(
    "data, drift, merge, plan, outcomes and history",
    async () => {
      const { panel, local, remote } = await bed.openPushed(BASE);
      await local.put([1, 2, 3].map((id) => ({ ...base(id), title: `here ${id}` })));
      await remote.putAll([1, 4].map((id) => ({ ...base(id), title: `there ${id}` })));
      await local.delete(5);
      await remote.delete(6);
      expect(await panel.compare()).toEqual({
        equal: 2,
        conflict: 1,
        changedHere: 2,
        changedThere: 1,
        removedHere: 1,
        removedThere: 1,
      });
      await panel.openDrift(1);
      await expectNoViolations(panel, "drift");
      await panel.driver.click('[data-testid="open-mapping"]');
      await panel.driver.click('[data-testid="policy-newestWins"]');
      await panel.driver.click('[data-testid="identities-add"]');
      await expectNoViolations(panel, "mapping");
      await panel.driver.press("Escape");
      await panel.proposeNewest("title");
      await expectNoViolations(panel, "proposals");
      await panel.undoBulk();
      await panel.openTab("Data");
      await panel.driver.waitFor('[data-testid="record-detail"]');
      await expectNoViolations(panel, "data");
      await panel.openTab("Sync");
      await panel.openThreeWay(1);
      await expectNoViolations(panel, "three-way");
      await panel.takeField("title", "remote");
      await panel.keepResult(1);
      await panel.preview();
      await expectNoViolations(panel, "plan");
      await panel.apply();
      await expectNoViolations(panel, "outcomes");
      await panel.openTab("Activity");
      await panel.driver.waitFor('[data-testid="history"]');
      await expectNoViolations(panel, "activity");
    },
    MANY_READINGS,
  );

  test(
    "schedules",
    async () => {
      const { panel } = await bed.openPage([{ id: 1 }]);
      await bed.pair(panel);
      await panel.openTab("Schedules");
      await panel.driver.click('[data-testid="run-schedule"]');
      await panel.driver.waitFor('[data-testid="schedule-problem"]', { timeout: 60_000 });
      await panel.driver.click('[data-testid="edit-times"]');
      await panel.driver.waitFor('[data-testid="times-preview"][data-state="right"]');
      await expectNoViolations(panel, "schedules");
    },
    MANY_READINGS,
  );

  test(
    "jobs",
    async () => {
      const { panel } = await bed.openPage([{ id: 1 }]);
      await bed.pair(panel);
      await panel.openTab("Jobs");
      await panel.driver.click('[data-testid="job"][data-job="words"]');
      await panel.driver.waitFor('[data-testid="job-form"]');
      await panel.select('[data-testid="job-parameter-c"]', "us");
      await panel.driver.click('[data-testid="run-job"]');
      await panel.driver.waitFor('[data-testid="run"][data-state="failed"]', { timeout: 60_000 });
      await panel.driver.waitFor('[data-testid="job-run"]');
      await expectNoViolations(panel, "jobs");
    },
    MANY_READINGS,
  );

  test(
    "cards",
    async () => {
      const { panel } = await bed.openPage([]);
      await panel.waitForState("empty");
      await expectNoViolations(panel, "empty store");
      await panel.openTab("Sync");
      await bed.pair(panel);
      await panel.waitForState("no-mapping");
      await expectNoViolations(panel, "no mapping");
      await panel.createMapping();
      await expectNoViolations(panel, "not compared");
      await panel.compare();
      await panel.waitForState("empty");
      await expectNoViolations(panel, "both empty");
      await panel.driver.click('[data-testid="bridge-status"]');
      await panel.driver.waitFor({ role: "heading", name: "Bridge" });
      await expectNoViolations(panel, "bridge");
      await panel.driver.press("Escape");
      await panel.driver.page.navigate((await bed.servePage()).url);
      await panel.waitForState("no-database");
      await expectNoViolations(panel, "no database");
    },
    MANY_READINGS,
  );

  test(
    "cards of what went wrong",
    async () => {
      const { panel, local } = await bed.openAgreed(Array.from({ length: 150 }, (_, i) => base(i + 1)));
      await local.delete(...Array.from({ length: 150 }, (_, i) => i + 1));
      await panel.compare();
      await panel.waitForState("emptied");
      await expectNoViolations(panel, "emptied");
      const release = await local.hold();
      await panel.startCompare();
      await panel.cancelCompare();
      await panel.driver.waitFor('[data-testid="state"][data-state="partial"]');
      await expectNoViolations(panel, "partial");
      await release();

      await panel.openTab("Data");
      await panel.driver.pausePage();
      await panel.driver.click({ role: "button", name: "Read the tree again" });
      await panel.waitForState("paused");
      await expectNoViolations(panel, "paused");
      await panel.driver.resumePage();
      await panel.openStore(local.database, local.store);
    },
    MANY_READINGS,
  );

  test(
    "cards of a bridge that is not there, and of a compare that failed",
    async () => {
      bed.expectErrors(SOCKET_TROUBLE);
      const { panel, local } = await bed.openScene([base(1)]);
      await panel.driver.page.evaluate((database) => {
        indexedDB.deleteDatabase(database);
      }, local.database);
      await panel.startCompare();
      await panel.waitForState("error");
      await expectNoViolations(panel, "compare failed");

      const { port } = bed.bridge;
      await bed.killBridge();
      await panel.waitForState("no-bridge");
      await expectNoViolations(panel, "no bridge");
      const stranger = await listenAsStranger(port);
      await panel.waitForState("refused");
      await expectNoViolations(panel, "refused");
      await stranger.close();

      await bed.restartBridge();
      await panel.forgetBridge();
      await panel.driver.fill('[data-testid="pairing-input"]', wrongCode(await bed.bridge.pairing()));
      await panel.driver.click('[data-testid="pair"]');
      await panel.waitForState("wrong-code");
      await expectNoViolations(panel, "wrong code");
    },
    MANY_READINGS,
  );
}
