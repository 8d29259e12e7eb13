import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { PageStore } from "../../support/page/page-store.ts";
import { type KeepChoice, Keeping } from "../../support/panel/keeping.ts";
import { type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const record = (id: number, text = `record ${id}`) => ({ id, text });
const many = (count: number) => Array.from({ length: count }, (_, i) => record(i + 1));

/** Until a round of two seconds has certainly come round on a busy machine. */
const ROUNDS = { timeout: 60_000 };

/** The connection to a bridge that is gone: browsers log it, whatever the page does about it. */
const BRIDGE_GONE = /WebSocket|can.t establish a connection|was interrupted/;

/** Rounds that run by themselves: what they write, what they leave, and what they wait for. */
export function keepingInSync(name: BrowserName): void {
  const bed = useBed(name);

  async function openKept(scene: Scene, choice?: KeepChoice): Promise<Keeping> {
    const keeping = new Keeping(scene.panel);
    await keeping.begin(choice);
    return keeping;
  }

  test("what one side writes arrives on the other by itself, and is confirmed for each record", async () => {
    const scene = await bed.openAgreed(many(5));
    const { panel, local, remote } = scene;
    const keeping = await openKept(scene);
    await keeping.waitFor("inSync");
    await local.put([record(1, "from the page"), record(6)]);
    await expect.poll(() => remote.get(1), ROUNDS).toEqual(record(1, "from the page"));
    await remote.put(2, record(2, "from the backend"));
    await remote.delete(3);
    await local.delete(4);
    const both = [record(1, "from the page"), record(2, "from the backend"), record(5), record(6)];
    await expect.poll(async () => [await local.all(), await remote.all()], ROUNDS).toEqual([both, both]);
    await keeping.waitFor("inSync");

    await panel.openTab("Data");
    // The state stays in sight, and the grid's cursor is on the first record.
    await keeping.waitFor("inSync");
    await expect.poll(() => keeping.confirmation()).toMatch(/Push \d\d:\d\d:\d\d: applied at version \S+/);
    await panel.openTab("Activity");
    await panel.driver.waitFor('[data-testid="history"]');
    await panel.openTab("Sync");
    await keeping.end();
    await local.put([record(5, "nobody takes it")]);
    expect(await panel.compare()).toMatchObject({ changedHere: 1 });
    expect(await remote.get(5)).toEqual(record(5));
  });

  test("every write of one key arrives, also where nobody watches the page", async () => {
    const scene = await bed.openAgreed(many(2));
    const keeping = await openKept(scene, { watch: false });
    for (const text of ["once", "twice"]) {
      await scene.local.put([record(1, text)]);
      await expect.poll(() => scene.remote.get(1), ROUNDS).toEqual(record(1, text));
    }
    await keeping.waitFor("inSync");
    await expect
      .poll(() => scene.panel.driver.attribute('[data-testid="watch-writes"]', "data-state"))
      .toBe("off");
  });

  test("a conflict waits in sight while other records go on; what a person decided stays a draft", async () => {
    const scene = await bed.openPushed(many(3));
    const { panel, local, remote } = scene;
    expect(await panel.compare()).toEqual({ equal: 3 });
    await local.put([record(1, "here")]);
    await remote.put(1, record(1, "there"));
    const keeping = await openKept(scene);
    await keeping.waitFor("waiting");
    await expect.poll(() => keeping.status()).toContain("1 waits for you");
    await expect.poll(() => panel.counts()).toMatchObject({ conflict: 1 });
    await panel.decide(1, "pull");
    await local.put([record(2, "goes on")]);
    await expect.poll(() => remote.get(2), ROUNDS).toEqual(record(2, "goes on"));
    await panel.waitForDecision(1, "pull");
    expect((await local.all())[0]).toEqual(record(1, "here"));
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 1 });
    await keeping.waitFor("inSync");
    await expectSides(scene, [record(1, "there"), record(2, "goes on"), record(3)]);
  });

  test("a round that would delete too much pauses; a person looks at its plan, and lets it go on", async () => {
    const all = many(100);
    const scene = await bed.openAgreed(all);
    const { panel, local, remote } = scene;
    const keeping = await openKept(scene, { limitPercent: 10 });
    await keeping.waitFor("inSync");
    await local.delete(...all.slice(0, 15).map(({ id }) => id));
    await keeping.waitFor("paused");
    await expect
      .poll(() => keeping.band("keep-paused"))
      .toContain("A round would delete or replace 15 of the 100 records of the remote: more than the limit.");
    expect(await remote.all()).toHaveLength(100);
    await keeping.look();
    expect(await panel.planCounts()).toContainEqual({ side: "remote", action: "delete", count: 15 });
    await panel.backToList();
    expect(await remote.all()).toHaveLength(100);
    await keeping.applyAndGoOn();
    await keeping.waitFor("inSync");
    await expectSides(scene, all.slice(15));
  });

  test("the bridge goes away and comes back: what is behind is told, then it is caught up", async () => {
    bed.expectErrors(BRIDGE_GONE);
    const scene = await bed.openAgreed(many(3));
    const { local } = scene;
    const keeping = await openKept(scene);
    await keeping.waitFor("inSync");
    await bed.killBridge();
    await keeping.waitFor("offline");
    await local.put([record(1, "while it was away"), record(4)]);
    await expect.poll(() => keeping.band("keep-offline"), ROUNDS).toContain("1 added and 1 changed here");
    await expect.poll(() => keeping.status()).toMatch(/Offline since \d\d:\d\d, 2 behind/);
    await bed.restartBridge();
    await keeping.waitFor("inSync");
    const remote = await bed.remoteRecords(scene.names.remote);
    await expectSides({ local, remote }, [record(1, "while it was away"), record(2), record(3), record(4)]);
  });

  test("nothing is applied while a plan is open; afterwards it is", async () => {
    const scene = await bed.openPushed(many(3));
    const { panel, local, remote } = scene;
    expect(await panel.compare()).toEqual({ equal: 3 });
    await local.put([record(1, "here")]);
    await remote.put(1, record(1, "there"));
    const keeping = await openKept(scene);
    await keeping.waitFor("waiting");
    await panel.decide(1, "push");
    await panel.preview();
    await keeping.waitFor("held");
    await local.put([record(2, "later")]);
    await keeping.waitForBehind(1);
    expect(await remote.get(2)).toEqual(record(2));
    expect(await panel.apply()).toEqual({ applied: 1 });
    await expect.poll(() => remote.get(2), ROUNDS).toEqual(record(2, "later"));
    await keeping.waitFor("inSync");
    await expectSides(scene, [record(1, "here"), record(2, "later"), record(3)]);
  });

  test("it outlives the panel, and one panel does it at a time", async () => {
    // The browser may end with its last tab.
    await bed.inspect((await bed.servePage()).url);
    const scene = await bed.openAgreed(many(2));
    const keeping = await openKept(scene);
    await keeping.waitFor("inSync");
    const second = await bed.inspect(scene.url);
    const local = new PageStore(second.driver.page, scene.local.database, scene.local.store);
    await second.openStore(local.database, local.store);
    await second.openTab("Sync");
    const other = new Keeping(second);
    await other.waitFor("elsewhere");
    expect(await other.band("kept-elsewhere")).toContain("Another panel keeps this in sync.");
    await bed.closeTab(scene.panel);
    await other.waitFor("inSync");
    await local.put([record(2, "by the second")]);
    await expect.poll(() => scene.remote.get(2), ROUNDS).toEqual(record(2, "by the second"));
  });

  test("a record that was rejected says why, wherever it is looked at", async () => {
    const mail = "a@example.org";
    const scene = await bed.openScene([{ id: 1, mail }], { unique: "mail" });
    const { panel, remote } = scene;
    await remote.put(2, { id: 2, mail });
    const keeping = await openKept(scene);
    await keeping.waitFor("waiting");
    await panel.openDrift(2);
    await expect.poll(() => keeping.confirmation()).toMatch(/Pull \d\d:\d\d:\d\d: rejected because .*mail/);
    await panel.openTab("Data");
    await expect.poll(() => keeping.confirmation()).toMatch(/Push \d\d:\d\d:\d\d: applied at version \S+/);
  });
}
