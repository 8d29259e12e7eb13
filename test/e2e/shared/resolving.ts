import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { PageRecord } from "../../support/page/page-store.ts";
import { type BridgeFiles, type Scene, useBed } from "./bed/bed.ts";
import { expectSides } from "./bed/verdict.ts";

const base = (id: number) => ({ id, title: `title ${id}`, size: { width: 1, height: 2 }, tags: ["a"] });
const BASE = [1, 2, 3].map(base);

/**
 * Conflicts settled in every way that the panel offers. Record 1 is the one in conflict.
 *
 * @param files Of the bridge: with the backend that is meant.
 */
export function resolving(name: BrowserName, files: BridgeFiles = {}): void {
  const bed = useBed(name, files);
  const rest = BASE.slice(1);

  /** Changes record 1 on both sides (undefined: deletes it), and compares. */
  async function openConflict(here: object | undefined, there: object | undefined): Promise<Scene> {
    const scene = await bed.openPushed(BASE);
    const { local, remote, panel } = scene;
    await (here === undefined ? local.delete(1) : local.put([{ ...base(1), ...here }]));
    await (there === undefined ? remote.delete(1) : remote.put(1, { ...base(1), ...there }));
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
    return scene;
  }

  async function applyAndSettle(
    scene: Scene,
    result: PageRecord | undefined,
    operations: number,
  ): Promise<void> {
    const { panel } = scene;
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: operations });
    await expectSides(scene, result === undefined ? rest : [result, ...rest]);
    expect(await panel.compare()).toEqual({ equal: result === undefined ? 2 : 3 });
  }

  test("takes the local side, then the remote one", async () => {
    const scene = await openConflict({ title: "here" }, { title: "there" });
    const { panel, local, remote } = scene;
    await panel.decide(1, "push");
    await applyAndSettle(scene, { ...base(1), title: "here" }, 1);
    await local.put([{ ...base(1), title: "here again" }]);
    await remote.put(1, { ...base(1), title: "there again" });
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
    await panel.decide(1, "pull");
    await applyAndSettle(scene, { ...base(1), title: "there again" }, 1);
  });

  test("leaves a conflict: nothing of it is written, and it shows again", async () => {
    const scene = await openConflict({ title: "here" }, { title: "there" });
    const { panel, local } = scene;
    await local.put([{ ...base(2), title: "changed" }]);
    expect(await panel.compare()).toEqual({ equal: 1, conflict: 1, changedHere: 1 });
    await panel.decide(1, "leave");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 1 });
    const changed = { ...base(2), title: "changed" };
    await expectSides(
      scene,
      [{ ...base(1), title: "here" }, changed, base(3)],
      [{ ...base(1), title: "there" }, changed, base(3)],
    );
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
  });

  test("by field: one from here, one from there, and what only one side changed by itself", async () => {
    const scene = await openConflict(
      { title: "here", size: { width: 10, height: 20 }, tags: ["a", "here"] },
      { title: "there", size: { width: 100, height: 2 } },
    );
    const { panel } = scene;
    await panel.openThreeWay(1);
    await panel.takeField("title", "local");
    await panel.takeField("size.width", "remote");
    await panel.keepResult(1);
    await applyAndSettle(
      scene,
      { ...base(1), title: "here", size: { width: 100, height: 20 }, tags: ["a", "here"] },
      2,
    );
  });

  test("by a value that nobody had, and back to the base's", async () => {
    const scene = await openConflict(
      { title: "here", size: { width: 10, height: 2 } },
      { title: "there", size: { width: 100, height: 2 } },
    );
    const { panel } = scene;
    await panel.openThreeWay(1);
    await panel.editField("title", '"both \\"words\\" – ö 🎬"');
    await panel.takeField("size.width", "base");
    await panel.keepResult(1);
    await applyAndSettle(scene, { ...base(1), title: 'both "words" – ö 🎬' }, 2);
  });

  test("changed here and deleted there: either survives as decided", async () => {
    const scene = await openConflict({ title: "here" }, undefined);
    const { panel, local, remote } = scene;
    await panel.decide(1, "push");
    await applyAndSettle(scene, { ...base(1), title: "here" }, 1);
    await local.put([{ ...base(1), title: "here again" }]);
    await remote.delete(1);
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
    await panel.decide(1, "pull");
    await applyAndSettle(scene, undefined, 1);
  });

  test("deleted here and changed there: either survives as decided", async () => {
    const scene = await openConflict(undefined, { title: "there" });
    const { panel, local, remote } = scene;
    await panel.decide(1, "pull");
    await applyAndSettle(scene, { ...base(1), title: "there" }, 1);
    await local.delete(1);
    await remote.put(1, { ...base(1), title: "there again" });
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
    await panel.decide(1, "push");
    await applyAndSettle(scene, undefined, 1);
  });

  test("undoes a resolution: both sides hold what they held, and the conflict shows again", async () => {
    const here = { ...base(1), title: "here", tags: ["here"] };
    const there = { ...base(1), title: "there" };
    const scene = await openConflict(here, there);
    const { panel } = scene;
    await panel.openThreeWay(1);
    await panel.editField("title", '"merged"');
    await panel.keepResult(1);
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    await expectSides(scene, [{ ...here, title: "merged" }, ...rest]);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 2 });
    await expectSides(scene, [here, ...rest], [there, ...rest]);
    expect(await panel.compare()).toEqual({ equal: 2, conflict: 1 });
  });
}
