import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { PageRecord } from "../../support/page/page-store.ts";
import { type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

/** Keeps the longer title, throws where there is a trap, and hangs where it is told to. */
const RESOLVE = `
export default ({ key, base, local, remote }) => {
  if (local.title === "trap") throw new Error("no idea about " + key);
  if (local.title === "hang") for (;;);
  if (local.title === "other key") return { ...local, id: 99 };
  if (local.title === "both") return { ...local, title: local.title + " " + base.title + " " + remote.title };
  return { take: local.title.length >= remote.title.length ? "local" : "remote" };
};
`;

const FILES = {
  "driftscope.config.json": JSON.stringify({
    policies: { longer: { module: "./resolve.mjs", timeoutMs: 1000 } },
  }),
  "resolve.mjs": RESOLVE,
};

const note = (id: number, more: object = {}): PageRecord => ({ id, title: `title ${id}`, at: 0, ...more });

/** What policies propose, how it is shown and taken back, and what comes of it. */
export function policies(name: BrowserName): void {
  const bed = useBed(name, FILES);

  /** Changes records on both sides, each to what is given, and compares: all of them are conflicts. */
  async function openConflicts(
    changes: Readonly<Record<number, readonly [here: object, there: object]>>,
    records: readonly PageRecord[] = Object.keys(changes).map((id) => note(Number(id))),
  ): Promise<Scene> {
    const scene = await bed.openPushed(records);
    const { local, remote, panel } = scene;
    for (const [id, [here, there]] of Object.entries(changes)) {
      const before = records.find((record) => record.id === Number(id));
      await local.put([{ ...before, id: Number(id), ...here }]);
      await remote.put(Number(id), { ...before, ...there });
    }
    expect(await panel.compare()).toEqual({ conflict: Object.keys(changes).length });
    return scene;
  }

  test("newest by a field on a filtered list: shown with reasons, taken back, proposed again, applied", async () => {
    const scene = await openConflicts({
      1: [{ at: 5 }, { at: 3 }],
      2: [{ at: 5 }, { at: 9 }],
      3: [{ at: 5, title: "tie" }, { at: 5 }],
      4: [{ at: 7 }, { at: 1 }],
    });
    const { panel } = scene;
    // Only records whose key has a 4 in it, then all of them.
    await panel.filter("4");
    await panel.proposeNewest("at");
    await expect.poll(() => panel.bulkResult()).toContain("Newest by at: 1 push.");
    await panel.filter("");
    await expect.poll(() => panel.decisions()).toEqual({ 1: "decide", 2: "decide", 3: "decide", 4: "push" });
    await panel.undoBulk();
    await expect
      .poll(() => panel.decisions())
      .toEqual({ 1: "decide", 2: "decide", 3: "decide", 4: "decide" });
    await panel.proposeNewest("at");
    await expect.poll(() => panel.decisions()).toEqual({ 1: "push", 2: "pull", 3: "decide", 4: "push" });
    await expect
      .poll(() => panel.reasons())
      .toEqual({
        1: "newest: here, 2 more",
        2: "newest: there, 4 more",
        3: "tie: at is the same",
        4: "newest: here, 6 more",
      });
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 3 });
    const settled = [note(1, { at: 5 }), note(2, { at: 9 })];
    await expectSides(
      scene,
      [...settled, note(3, { at: 5, title: "tie" }), note(4, { at: 7 })],
      [...settled, note(3, { at: 5 }), note(4, { at: 7 })],
    );
    expect(await panel.compare()).toEqual({ equal: 3, conflict: 1 });
  });

  test("before it runs, a policy says what it is about; while it runs it can be cancelled; then why some are left", async () => {
    const scene = await openConflicts({
      1: [{ title: "longer here" }, { title: "there" }],
      2: [{ title: "trap" }, { title: "x" }],
      3: [{ title: "hang" }, { title: "x" }],
      4: [{ title: "hang" }, { title: "y" }],
      5: [{ title: "hang" }, { title: "z" }],
    });
    const { panel } = scene;
    const { driver } = panel;
    await panel.decide(1, "leave");
    expect(await panel.openProposal("custom")).toBe(4);
    const dialog = await driver.text("dialog");
    expect(dialog).toContain("5 conflicts");
    expect(dialog).toContain("Leave the 1 that you decided");
    await panel.propose();
    await driver.click('[data-testid="cancel-proposing"]');
    await expect.poll(() => panel.bulkResult()).toContain("It stopped after 0 of 4");
    await expect
      .poll(() => panel.decisions())
      .toEqual({
        1: "leave",
        2: "decide",
        3: "decide",
        4: "decide",
        5: "decide",
      });
    expect(await panel.openProposal("custom")).toBe(4);
    await panel.propose();
    await expect.poll(() => panel.bulkResult(), { timeout: 60_000 }).toContain("4 left to you");
    const left = await driver.text('[data-testid="left-reasons"]');
    expect(left).toContain("longer: it gave no answer within 1000 ms: its thread was ended (3)");
    expect(left).toContain("longer: it threw: no idea about 2 (1)");
    await panel.undoBulk();
    await expect.poll(() => panel.reasons()).toEqual({});
  });

  test("the policy of the mapping proposes after each compare; lists are merged by element", async () => {
    const lines = (...ids: number[]) => ({ lines: ids.map((id) => ({ id, count: 1 })) });
    const scene = await openConflicts({ 1: [lines(1, 2), lines(1, 3)] }, [note(1, lines(1))]);
    const { panel, local, remote } = scene;
    await panel.changeMapping({ policy: "mergeFields", identities: [["lines", "id"]] });
    await panel.waitForDecision(1, "merge");
    await expect.poll(() => panel.reasons()).toEqual({ 1: "merged: 1 from here, 1 from there" });
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    await expectSides(scene, [note(1, lines(1, 2, 3))]);

    // Both change the same element: a conflict of that element's field, settled in the three-way view.
    const of = (count: number) => ({ lines: [{ id: 1, count }, ...lines(2, 3).lines] });
    await local.put([note(1, of(5))]);
    await remote.put(1, note(1, of(7)));
    expect(await panel.compare()).toEqual({ conflict: 1 });
    await expect.poll(() => panel.reasons()).toEqual({ 1: "lines.count: changed on both sides" });
    // In the list and side by side: the element that differs, not the whole list.
    await expect.poll(() => panel.rowText(1)).toContain("lines[id=1].count");
    await panel.openDrift(1);
    await expect.poll(() => panel.detailText()).toContain("lines[id=1].count");
    await panel.openThreeWay(1);
    await panel.takeField("lines[id=1].count", "remote");
    await panel.keepResult(1);
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 1 });
    await expectSides(scene, [note(1, of(7))]);
  });

  test("a function in a module of the bridge: its answers, and what it leaves to the person", async () => {
    const scene = await openConflicts({
      1: [{ title: "longer here" }, { title: "there" }],
      2: [{ title: "here" }, { title: "longer there" }],
      3: [{ title: "both" }, { title: "of them" }],
      4: [{ title: "trap" }, { title: "x" }],
      5: [{ title: "hang" }, { title: "x" }],
      6: [{ title: "other key" }, { title: "x" }],
    });
    const { panel } = scene;
    await panel.changeMapping({ policy: "custom" });
    await panel.waitForDecision(1, "push");
    await expect
      .poll(() => panel.decisions())
      .toEqual({
        1: "push",
        2: "pull",
        3: "merge",
        4: "decide",
        5: "decide",
        6: "decide",
      });
    await expect
      .poll(() => panel.reasons())
      .toMatchObject({
        3: "longer: a value of its own",
        4: "longer: it threw: no idea about 4",
        5: "longer: it gave no answer within 1000 ms: its thread was ended",
        6: "longer: its value has another key at id",
      });
    await expect.poll(() => panel.bulkResult()).toContain("1 push, 1 pull, 1 merged, 3 left to you");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 4 });
    expect(await scene.remote.get(3)).toEqual(note(3, { title: "both title 3 of them" }));
    expect(await panel.compare()).toEqual({ equal: 3, conflict: 3 });
  });

  test("other ignored fields: the mapping starts anew in a collection of its own, the first one stays", async () => {
    const scene = await bed.openAgreed([note(1), note(2)]);
    const { panel, local, remote } = scene;
    await local.put([note(1, { at: 7 })]);
    expect(await panel.compare()).toEqual({ equal: 1, changedHere: 1 });
    await panel.changeMapping({ ignored: ["at"], collection: `${scene.names.remote}.without` });
    await panel.waitForState("not-compared");
    expect(await panel.compare()).toEqual({ onlyHere: 2 });
    await panel.decideAllShown("Push");
    await panel.preview();
    await expect.poll(() => panel.warnings()).toContain("ignoredFields");
    expect(await panel.apply()).toEqual({ applied: 2 });
    await local.put([note(2, { at: 9 })]);
    expect(await panel.compare()).toEqual({ equal: 2 });
    expect(await remote.all()).toEqual([note(1), note(2)]);
    const fresh = await bed.remoteRecords(`${scene.names.remote}.without`);
    expect(await fresh.all()).toEqual([1, 2].map((id) => ({ id, title: `title ${id}` })));
  });

  test("a conflict that appears during an apply comes back with what is there now", async () => {
    const scene = await bed.openPushed([note(1), note(2)]);
    const { panel, local, remote } = scene;
    await local.put([note(1, { title: "here" }), note(2, { title: "here" })]);
    expect(await panel.compare()).toEqual({ changedHere: 2 });
    await panel.preview();
    await remote.put(1, note(1, { title: "somebody was faster" }));
    expect(await panel.apply()).toEqual({ applied: 1, conflict: 1 });
    await panel.backToList();
    await expect.poll(() => panel.counts()).toEqual({ equal: 1, conflict: 1 });
    await expect.poll(() => panel.decisions()).toEqual({ 1: "decide" });
    await expect.poll(() => panel.detailText()).toContain("somebody was faster");
    await panel.decide(1, "pull");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 1 });
    await expectSides(scene, [note(1, { title: "somebody was faster" }), note(2, { title: "here" })]);
  });

  test("what was removed on one side and changed on the other says so, and keeps its words under a policy", async () => {
    const scene = await bed.openPushed([note(1), note(2)]);
    const { panel, local, remote } = scene;
    await local.delete(1);
    await remote.put(1, note(1, { title: "changed there" }));
    await local.put([note(2, { title: "changed here" })]);
    await remote.delete(2);
    expect(await panel.compare()).toEqual({ conflict: 2 });
    await expect.poll(() => panel.rowText(1)).toContain("removed here, changed there");
    await expect.poll(() => panel.rowText(2)).toContain("changed here, removed there");
    await panel.changeMapping({ policy: "newestWins", field: "at" });
    await expect.poll(() => panel.bulkResult()).toContain("2 left to you");
    await expect
      .poll(() => panel.reasons())
      .toEqual({
        1: "removed here, so there is nothing to compare",
        2: "removed there, so there is nothing to compare",
      });
    await panel.changeMapping({ policy: "remoteWins" });
    await expect.poll(() => panel.decisions()).toEqual({ 1: "pull", 2: "pull" });
    expect(await panel.preview()).toContainEqual({ side: "local", action: "delete", count: 1 });
    expect(await panel.apply()).toEqual({ applied: 2 });
    await expectSides(scene, [note(1, { title: "changed there" })]);
  });

  test("a plan tells beforehand which unique index it would violate, and how long it will take", async () => {
    const scene = await bed.openScene([note(1, { mail: "a@example.org" })], { unique: "mail" });
    const { panel, remote } = scene;
    await remote.put(2, note(2, { mail: "a@example.org" }));
    await remote.put(3, note(3, { mail: "c@example.org" }));
    expect(await panel.compare()).toEqual({ onlyHere: 1, onlyThere: 2 });
    await panel.toggleKind("onlyThere");
    await panel.decideAllShown("Pull");
    await panel.preview();
    await expect.poll(() => panel.estimate()).toContain("No estimate");
    await expect
      .poll(() => panel.warningText("refused"))
      .toContain('1 operation would be refused in notes. The unique index "mail"');
    expect(await panel.dryRun()).toEqual({ applied: 1, rejected: 1 });
    expect(await panel.apply()).toEqual({ applied: 1, rejected: 1 });
    await panel.backToList();
    await remote.put(4, note(4, { mail: "d@example.org" }));
    expect(await panel.compare()).toMatchObject({ addedThere: 1 });
    await panel.preview();
    await expect.poll(() => panel.estimate()).toMatch(/^About \d/);
  });
}
