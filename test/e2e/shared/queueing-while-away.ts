import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { BridgeProcess } from "../../support/bridge/bridge-process.ts";
import { connectAsPanel } from "../../support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../../support/bridge/remote-records.ts";
import { RemovableDisk } from "../../support/bridge/removable-disk.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { PageStore } from "../../support/page/page-store.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const CONFIG = "driftscope.config.json";
/** A connection to a bridge that is gone: browsers log it, whatever the panel does about it. */
const BRIDGE_GONE = /WebSocket|can.t establish a connection|was interrupted/;
const LONG = { timeout: 60_000 };

const record = (id: number, text = `record ${id}`) => ({ id, text });
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i));

/** A backend goes away; what was pushed waits in the bridge, and arrives when it is back. */
export function queueingWhileAway(name: BrowserName): void {
  const bed = useBed(name, { [CONFIG]: RemovableDisk.config });
  let disk: RemovableDisk;
  beforeAll(() => {
    disk = new RemovableDisk(bed.bridge.folder);
  });
  // What one test has pulled out is not missing in the next one.
  afterEach(() => disk.putBack());

  /** Three changes of the page, decided and planned; then the backend is away when they are applied. */
  async function applyWhileAway(scene: Scene): Promise<void> {
    const { panel, local } = scene;
    await local.put([record(1, "changed here"), record(2, "changed here"), record(11)]);
    expect(await panel.compare()).toEqual({ equal: 8, changedHere: 2, addedHere: 1 });
    await panel.preview();
    disk.pullOut(bed.bridge.pid);
    expect(await panel.apply()).toEqual({ rejected: 3 });
    await expect.poll(() => panel.stateText("away")).toContain("disk is away: 3 writes were not sent.");
  }

  async function queue(panel: DriftscopePanel): Promise<void> {
    await panel.driver.click('[data-testid="queue-plan"]');
    await panel.driver.waitFor('[data-testid="queued"][data-waiting="3"]', LONG);
    await panel.driver.waitFor('[data-testid="outcome"][data-status="notRun"][data-count="3"]');
    await panel.driver.waitFor('[data-testid="outcome"][data-status="rejected"]', { state: "hidden" });
  }

  const here = [record(1, "changed here"), record(2, "changed here"), ...records(3, 11)];

  test("what is queued shows, is left out of plans, and is in sync once the backend is back", async () => {
    const scene = await bed.openAgreed(records(1, 10));
    const { panel } = scene;
    await applyWhileAway(scene);
    await queue(panel);
    await panel.backToList();
    await expect
      .poll(() => panel.stateText("queued"))
      .toMatch(/3 writes to disk wait in the bridge.*does not exist/s);

    expect(await panel.preview()).toContainEqual({ side: "remote", action: "replace", count: 0 });
    await panel.driver.waitFor('[data-testid="not-written"][data-reason="queued"][data-count="3"]');
    await panel.backToList();

    // What came of it would be told to nobody.
    await panel.startRemovingMapping();
    await panel.driver.waitFor('[data-testid="confirm-remove-mapping"][aria-disabled="true"]');
    await panel.driver.press("Escape");

    disk.putBack();
    await panel.driver.waitFor('[data-testid="queue-ended"][data-applied="3"]', LONG);
    await expectSides(scene, here);
    // The list says so without a compare, and the compare agrees.
    await panel.driver.waitFor('[data-testid="drift"]', { state: "hidden" });
    expect(await panel.compare()).toEqual({ equal: 11 });
    await panel.openTab("Activity");
    // Only what applied can be undone.
    await panel.driver.waitFor('[data-testid="history-row"] [data-testid="undo"]');
  });

  test("what somebody else wrote meanwhile is shown as a conflict, not overwritten", async () => {
    bed.expectErrors(BRIDGE_GONE);
    const scene = await bed.openAgreed(records(1, 10));
    const { panel, local } = scene;
    await applyWhileAway(scene);
    await queue(panel);
    await panel.backToList();
    await bed.killBridge();
    await panel.waitForBridge("not-running");
    disk.putBack();
    await asSomebodyElse(disk.file, scene.names.remote, (there) =>
      there.put(2, record(2, "meanwhile there")),
    );
    await bed.restartBridge();
    await panel.driver.waitFor('[data-testid="queue-ended"][data-applied="2"][data-conflict="1"]', LONG);
    await panel.waitForDecision(2, "decide");
    const there = here.map((one) => (one.id === 2 ? record(2, "meanwhile there") : one));
    await expectSides({ local, remote: await bed.remoteRecords(scene.names.remote) }, here, there);
    expect(await panel.compare()).toEqual({ equal: 10, conflict: 1 });
  });

  test("what is removed from the queue is not sent, and can be planned again", async () => {
    const scene = await bed.openAgreed(records(1, 10));
    const { panel } = scene;
    await applyWhileAway(scene);
    await queue(panel);
    await panel.driver.click('[data-testid="unqueue"]');
    await panel.backToList();
    await panel.driver.waitFor('[data-testid="queue-ended"][data-rejected="3"]', LONG);
    disk.putBack();
    await expectSides(scene, here, records(1, 10));
    expect(await panel.compare()).toEqual({ equal: 8, changedHere: 2, addedHere: 1 });
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 3 });
    await expectSides(scene, here);
  });

  test("what waits is shown as that by a panel that is opened later, and is not sent a second time", async () => {
    const scene = await bed.openAgreed(records(1, 10));
    await applyWhileAway(scene);
    await queue(scene.panel);
    await bed.closeDevTools(scene.panel);

    const panel = await bed.inspect(scene.url);
    const local = new PageStore(panel.driver.page, scene.local.database, scene.local.store);
    await panel.openStore(local.database, local.store);
    // The backend is still away: what is remembered does not wait for it.
    await panel.openTab("Activity");
    await panel.driver.click('[data-testid="show-queued"]');
    await panel.driver.waitFor('[data-testid="apply"][aria-disabled="true"]');
    await panel.driver.waitFor('[data-testid="queued"][data-waiting="3"]');
    await expect.poll(() => panel.driver.text("#view")).toMatch(/Not run/);
    expect(await panel.driver.text("#view")).not.toContain("Rejected");
    disk.putBack();
    await panel.driver.waitFor('[data-testid="queued"]', { ...LONG, state: "hidden" });
    await expectSides({ local, remote: scene.remote }, here);
  });

  test("what is sent while no panel is open is in the base when one is opened", async () => {
    // The browser may end with its last tab.
    await bed.inspect((await bed.servePage()).url);
    const scene = await bed.openAgreed(records(1, 10));
    await applyWhileAway(scene);
    await queue(scene.panel);
    await bed.closeTab(scene.panel);
    disk.putBack();
    await expect.poll(async () => (await scene.remote.all()).length, LONG).toBe(11);

    const panel = await bed.inspect(scene.url);
    const local = new PageStore(panel.driver.page, scene.local.database, scene.local.store);
    await panel.openStore(local.database, local.store);
    await panel.openTab("Sync");
    await panel.driver.waitFor('[data-testid="queue-ended"][data-applied="3"]', LONG);
    // Changed there since: it shows as a change of that side alone only where the base has moved.
    await scene.remote.put(1, record(1, "changed there"));
    expect(await panel.compare()).toEqual({ equal: 10, changedThere: 1 });
    await expectSides({ local, remote: scene.remote }, here, [record(1, "changed there"), ...here.slice(1)]);
  });
}

/** Another bridge on the same database. */
async function asSomebodyElse(
  file: string,
  collection: string,
  work: (records: RemoteRecords) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-other-"));
  const connection = { backend: "sqlite", file, level: "unattended" };
  writeFileSync(join(folder, CONFIG), JSON.stringify({ connections: { disk: connection } }));
  const bridge = await BridgeProcess.start({ folder });
  const client = await connectAsPanel(await bridge.pairing());
  try {
    await client.connections();
    await work(new RemoteRecords(client.remoteStore("disk", collection)));
  } finally {
    client.close();
    await bridge.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
