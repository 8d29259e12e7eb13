import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { PageStore } from "../../support/page/page-store.ts";
import { useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

/** More windows of an apply (4,000 records each) than the three that are under way when the first one is done. */
const COUNT = 16_500;
/** Milliseconds that the page keeps its store at a time: an apply needs several turns. */
const SLOW = 400;

const many = (text: string) =>
  Array.from({ length: COUNT }, (_, i) => ({ id: i + 1, text: `${text} ${i + 1}` }));

/** The connection to a bridge that is gone: browsers log it, whatever the page does about it. */
const BRIDGE_GONE = /WebSocket|can.t establish a connection|was interrupted/;

/** What breaks in the middle of an apply, and that nothing is lost or doubled by going on. */
export function interruptions(name: BrowserName): void {
  const bed = useBed(name);

  test("the bridge is killed and started again during a push: the same plan goes on", async () => {
    bed.expectErrors(BRIDGE_GONE);
    const all = many("pushed");
    const scene = await bed.openScene(all);
    const { panel, local } = scene;
    expect(await panel.compare()).toEqual({ onlyHere: COUNT });
    await panel.decideAllShown("Push");
    await panel.preview();
    const speedUp = await local.hold(SLOW);
    await panel.startApply();
    await panel.waitForPartOfApply();
    await bed.killBridge();
    await speedUp();
    const before = await panel.outcomes();
    expect(before.applied).toBeGreaterThan(0);
    expect(before.applied).toBeLessThan(COUNT);
    await bed.restartBridge();
    await panel.waitForBridge("ready");
    expect(await panel.resume()).toEqual({ applied: COUNT });
    const remote = await bed.remoteRecords(scene.names.remote);
    await expectSides({ local, remote }, all);
    expect(await panel.compare()).toEqual({ equal: COUNT });
  });

  test("the page is closed during a pull: another tab and panel go on with the same plan", async () => {
    const all = many("pulled");
    // The browser may end with its last tab.
    await bed.inspect((await bed.servePage()).url);
    const scene = await bed.openScene([{ id: 0, text: "stays" }]);
    await scene.remote.putAll(all);
    expect(await scene.panel.compare()).toEqual({ onlyHere: 1, onlyThere: COUNT });
    await scene.panel.toggleKind("onlyThere");
    await scene.panel.decideAllShown("Pull");
    await scene.panel.preview();
    await scene.local.hold(SLOW);
    await scene.panel.startApply();
    await scene.panel.waitForPartOfApply();
    await bed.closeTab(scene.panel);
    const panel = await bed.inspect(scene.url);
    const local = new PageStore(panel.driver.page, scene.local.database, scene.local.store);
    const sofar = (await local.all()).length;
    expect(sofar).toBeGreaterThan(1);
    expect(sofar).toBeLessThan(COUNT + 1);
    await panel.openStore(local.database, local.store);
    await panel.openTab("Activity");
    expect(await panel.resume()).toEqual({ applied: COUNT });
    const { remote } = scene;
    await expectSides({ local, remote }, [{ id: 0, text: "stays" }, ...all], all);
    expect(await panel.compare()).toEqual({ equal: COUNT, onlyHere: 1 });
  });
}
