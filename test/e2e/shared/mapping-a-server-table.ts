import { expect, test } from "vitest";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { type BridgeFiles, useBed } from "./bed/bed.ts";

/** A row of somebody's table `items`. */
export interface ServerItem {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  /** No field of the page has it. */
  readonly shelf?: string;
}

/** The table, by the server's own client. */
export interface ServerItems {
  /** Of the bridge: its one connection serves the table. */
  readonly files: BridgeFiles;
  readonly table: string;
  /** None that the table has yet: to be typed, where the server cannot compare all mapped columns at once. */
  readonly versionColumn?: string;
  /** Whether its plans say what a write there cannot be kept from. */
  readonly isCautious?: boolean;
  put(item: ServerItem): Promise<void>;
  /** In the order of their keys. */
  rows(): Promise<readonly ServerItem[]>;
}

/** A server's existing table, mapped in the editor and used like any other remote. @param items Empty at first. */
export function mappingAServerTable(name: BrowserName, items: () => ServerItems): void {
  const { files } = items();
  const bed = useBed(name, files);

  test("map, compare, push, pull, resolve, undo: what the mapping leaves out stays as it is", async () => {
    const { put, rows, table, versionColumn } = items();
    await put({ id: "p1", name: "tea", price: 2.5, shelf: "B7" });
    await put({ id: "p3", name: "rice", price: 2, shelf: "C9" });
    const tea = { id: "p1", name: "tea", price: 3, tags: ["hot"] };
    const milk = { id: "p2", name: "milk", price: 1.5 };
    const { panel, local } = await bed.openPage([tea, milk]);
    await bed.pair(panel);
    await panel.openTab("Sync");
    await panel.mapTable(table);
    if (versionColumn !== undefined) {
      await expect
        .poll(() => panel.driver.text('[data-testid="mapping-read-only"]'))
        .toMatch(/version column/i);
      await panel.typeVersionColumn(versionColumn);
      await expect.poll(() => panel.driver.count('[data-testid="mapping-read-only"]')).toBe(0);
    }
    expect(await panel.refusedInPreview("local")).toBe(0);
    expect(await panel.refusedInPreview("remote")).toBe(0);
    await expect.poll(() => panel.driver.text('[data-testid="mapping-reads"]')).toContain("A compare reads");
    expect(await panel.driver.axe()).toEqual([]);
    await panel.saveTableMapping();
    await expect.poll(() => panel.driver.text('[data-testid="mapping-mode"]')).toBe("columns");

    expect(await panel.compare()).toEqual({ different: 1, onlyHere: 1, onlyThere: 1 });
    await panel.decide("p1", "push");
    await panel.decide("p2", "push");
    await panel.decide("p3", "pull");
    await panel.preview();
    expect((await panel.warnings()).includes("caution")).toBe(items().isCautious === true);
    expect(await panel.apply()).toEqual({ applied: 3 });
    const agreed: readonly ServerItem[] = [
      { id: "p1", name: "tea", price: 3, shelf: "B7" },
      { id: "p2", name: "milk", price: 1.5 },
      { id: "p3", name: "rice", price: 2, shelf: "C9" },
    ];
    expect(await rows()).toEqual(agreed);
    const rice = { id: "p3", name: "rice", price: 2 };
    expect(await local.all()).toEqual([tea, milk, rice]);
    expect(await panel.compare()).toEqual({ equal: 3 });

    await local.put([
      { ...milk, price: 8 },
      { ...rice, name: "brown rice" },
    ]);
    await put({ id: "p2", name: "milk", price: 9 });
    expect(await panel.compare()).toEqual({ equal: 1, conflict: 1, changedHere: 1 });
    await panel.decide("p2", "push");
    await panel.preview();
    expect(await panel.apply()).toEqual({ applied: 2 });
    expect(await rows()).toEqual([
      agreed[0],
      { id: "p2", name: "milk", price: 8 },
      { id: "p3", name: "brown rice", price: 2, shelf: "C9" },
    ]);
    await panel.previewUndo();
    expect(await panel.apply()).toEqual({ applied: 2 });
    expect(await rows()).toEqual([agreed[0], { id: "p2", name: "milk", price: 9 }, agreed[2]]);
    expect(await panel.compare()).toEqual({ equal: 1, conflict: 1, changedHere: 1 });
  });
}
