import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataFolder, PAIRING_LIFETIME_MS, PAIRING_TRIES } from "../../../bridge/server/data-folder.ts";
import { newPanelId } from "../../../core/protocol/pairing-string.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("the data folder", () => {
  test("is for its owner alone, with everything in it", () => {
    const data = new DataFolder(join(folder, "new"));
    data.bridgeId();
    data.openPairing(0);
    const id = newPanelId();
    data.addPanel({ id, label: "x", origin: "o", pairedAt: 0 }, new Uint8Array(16));
    expect(modeOf(data.path)).toBe(0o700);
    for (const file of ["bridge.json", "pairing.json", join("panels", `${id}.json`)]) {
      expect(modeOf(join(data.path, file))).toBe(0o600);
    }
  });

  test("keeps the bridge's id", () => {
    const id = new DataFolder(folder).bridgeId();
    expect(id).toMatch(/^[0-9a-z]{16}$/);
    expect(new DataFolder(folder).bridgeId()).toBe(id);
  });

  test("that cannot be made is named", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => new DataFolder(join(folder, "file", "data"))).toThrow("--data");
  });

  test("a pairing ends by its age, by its tries, by its use and by the next one", () => {
    const data = new DataFolder(folder);
    expect(data.tryPairing(0)).toBeUndefined();
    const first = data.openPairing(1000);
    expect(data.tryPairing(1000)?.code).toEqual(first.code);
    expect(data.tryPairing(1000 + PAIRING_LIFETIME_MS)).toBeUndefined();
    expect(data.tryPairing(1000)).toBeUndefined();

    data.openPairing(1000);
    for (let i = 0; i < PAIRING_TRIES; i++) expect(data.tryPairing(1000)).toBeDefined();
    expect(data.tryPairing(1000)).toBeUndefined();

    const old = data.openPairing(1000);
    const next = data.openPairing(1000);
    expect(data.tryPairing(1000)?.code).toEqual(next.code);
    expect(next.code).not.toEqual(old.code);
    data.closePairing();
    expect(data.tryPairing(1000)).toBeUndefined();
  });

  test("panels are listed with when they were seen, and gone when revoked", () => {
    const data = new DataFolder(folder);
    const id = newPanelId();
    const key = new Uint8Array(16).fill(5);
    data.addPanel({ id, label: "Chromium", origin: "chrome-extension://x", pairedAt: 1 }, key);
    data.sawPanel(id, 5_000_000);
    expect(data.panels()).toEqual([
      { id, label: "Chromium", origin: "chrome-extension://x", pairedAt: 1, seenAt: 5_000_000 },
    ]);
    expect(data.findPanel(id)?.key).toEqual(key);
    expect(data.removePanel(id)).toBe(true);
    data.sawPanel(id, 6_000_000);
    expect(data.findPanel(id)).toBeUndefined();
    expect(data.panels()).toEqual([]);
    expect(data.removePanel(id)).toBe(false);
    expect(data.removePanel("../bridge")).toBe(false);
  });
});
