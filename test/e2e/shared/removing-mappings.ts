import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BridgeProcess } from "../../support/bridge/bridge-process.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const CONFIG = "driftscope.config.json";
/** A connection to a bridge that is gone: browsers log it, whatever the panel does about it. */
const BRIDGE_GONE = /WebSocket|can.t establish a connection|was interrupted/;
const SETTINGS = '[data-testid="state"] button[aria-haspopup="dialog"]';

const connectionsOf = (...names: readonly string[]): string =>
  JSON.stringify({
    connections: Object.fromEntries(
      names.map((name) => [name, { backend: "sqlite", file: `${name}.db`, level: "confirm" }]),
    ),
  });

const records = [1, 2, 3].map((id) => ({ id, text: `record ${id}` }));

/** A store leaves its remote: for another one, or since that is not there any more. */
export function removingMappings(name: BrowserName): void {
  const bed = useBed(name, { [CONFIG]: connectionsOf("first", "second") });

  test("a store that was mapped elsewhere leaves both sides as they are", async () => {
    const scene = await bed.openAgreed(records);
    const { panel } = scene;
    await panel.startRemovingMapping();
    // The focus is on what changes nothing.
    await panel.driver.press("Enter");
    await panel.driver.waitFor("dialog", { state: "hidden" });
    await panel.driver.waitFor('[data-testid="compare"]');

    await panel.removeMapping();
    // What had the focus is gone: a keyboard goes on from the card.
    await expect.poll(() => panel.driver.evaluate(() => document.activeElement?.ariaLabel)).toBe("State");
    await expectSides(scene, records);

    await panel.createMapping("second");
    expect(await panel.compare()).toEqual({ onlyHere: 3 });
  });

  test("mapped to the same place again, base and history are as they were", async () => {
    const scene = await bed.openPushed(records);
    const { panel, remote } = scene;
    await panel.driver.click({ role: "button", name: "Drift: back to the list" });
    await panel.removeMapping();
    await panel.openTab("Activity");
    await panel.waitForState("empty");
    await panel.openTab("Sync");
    await panel.createMapping("first");
    await remote.put(1, { id: 1, text: "changed there" });
    // Without a base it would not be known which side has changed.
    expect(await panel.compare()).toEqual({ equal: 2, changedThere: 1 });
    await panel.openTab("Activity");
    await panel.driver.waitFor('[data-testid="history-row"] [data-testid="undo"]');
  });

  test("a mapping whose connection is not served any more says so, and leads to its removal", async () => {
    bed.expectErrors(BRIDGE_GONE);
    const { panel } = await bed.openScene(records);
    await bed.killBridge();
    await panel.waitForBridge("not-running");
    await bed.reconfigureBridge({ [CONFIG]: connectionsOf("second") });
    await panel.waitForBridge("ready");
    await panel.startCompare();
    await panel.waitForState("error");
    await expect.poll(() => panel.stateText("error")).toMatch(/no connection "first"/);
    await panel.driver.click(SETTINGS);
    await panel.driver.waitFor('[data-testid="mapping-form"]');
    await panel.driver.press("Escape");
    await panel.removeMapping();
    await panel.createMapping("second");
    expect(await panel.compare()).toEqual({ onlyHere: 3 });
    await bed.reconfigureBridge({ [CONFIG]: connectionsOf("first", "second") });
  });

  test("a mapping of another bridge says so, and leads to its removal", async () => {
    const { panel } = await bed.openScene(records);
    const folder = mkdtempSync(join(tmpdir(), "driftscope-other-"));
    const other = await BridgeProcess.start({ folder });
    try {
      await panel.forgetBridge();
      await panel.pair(await other.pairing());
      await panel.startCompare();
      await panel.waitForState("error");
      await expect.poll(() => panel.stateText("error")).toMatch(/belongs to another bridge/);
      await panel.driver.waitFor(SETTINGS);
      await panel.removeMapping();
      await panel.createMapping();
      expect(await panel.compare()).toEqual({ onlyHere: 3 });
    } finally {
      await panel.forgetBridge();
      await other.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
