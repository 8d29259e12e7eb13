import { afterEach, expect, test } from "vitest";
import { listenAsStranger, type Stranger, serveWeb } from "../../support/bridge/stranger.ts";
import { wrongCode } from "../../support/bridge/wrong-code.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

/** What browsers log by themselves about a WebSocket that could not be opened, or ended. */
const REFUSED = /WebSocket|can.t establish a connection|was interrupted|Firefox can/;

/** Every way in which the panel does not get to its bridge, and the way on from there. */
export function connecting(name: BrowserName): void {
  const bed = useBed(name);
  const strangers: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const stranger of strangers.splice(0)) await stranger.close();
  });

  async function openSync(): Promise<DriftscopePanel> {
    bed.expectErrors(REFUSED);
    const { panel } = await bed.openPage([{ id: 1 }]);
    // Panels of one browser share what they are paired with: a test that failed may have left it.
    if (await panel.knowsBridge()) await panel.forgetBridge();
    await panel.openTab("Sync");
    return panel;
  }

  async function stranger(listening: Promise<Stranger>): Promise<Stranger> {
    const one = await listening;
    strangers.push(one);
    return one;
  }

  /** The pairing string of the bridge with another port. */
  async function pairingAt(port: number): Promise<string> {
    const [word, , id, code] = (await bed.bridge.pairing()).split(":");
    return [word, port, id, code].join(":");
  }

  async function refuses(panel: DriftscopePanel, pairing: string, reason: RegExp): Promise<void> {
    await panel.driver.fill('[data-testid="pairing-input"]', pairing);
    await panel.driver.click('[data-testid="pair"]');
    await panel.driver.waitFor("#pairing-problem", { timeout: 60_000 });
    await expect.poll(() => panel.driver.text("#pairing-problem")).toMatch(reason);
  }

  async function pairs(panel: DriftscopePanel): Promise<void> {
    await panel.pair(await bed.bridge.pairing());
    await panel.waitForState("no-mapping");
  }

  test("a wrong code, a string that is none, a port with something else: told, and the right string pairs", async () => {
    const panel = await openSync();
    await panel.waitForState("not-paired");
    await refuses(panel, "not a pairing string", /driftscope:/);
    await refuses(panel, wrongCode(await bed.bridge.pairing()), /./);
    await panel.waitForState("wrong-code");
    for (const listening of [serveWeb(), listenAsStranger(0)]) {
      const { port } = await stranger(listening);
      await refuses(panel, await pairingAt(port), new RegExp(String(port)));
    }
    await pairs(panel);
  });

  test("a bridge that stops is looked for until it is back", async () => {
    const panel = await openSync();
    await pairs(panel);
    await bed.killBridge();
    await panel.waitForState("no-bridge");
    await bed.restartBridge();
    await panel.waitForState("no-mapping");
    await panel.createMapping();
    expect(await panel.compare()).toEqual({ onlyHere: 1 });
  });

  test("something else on the bridge's port learns nothing; the card pairs anew", async () => {
    const panel = await openSync();
    await pairs(panel);
    const { port } = bed.bridge;
    await bed.killBridge();
    const squatter = await stranger(listenAsStranger(port));
    await panel.waitForState("refused");
    expect(squatter.heard.length).toBeGreaterThan(0);
    await squatter.close();
    await bed.restartBridge();
    await panel.driver.click({ role: "button", name: "Try now" });
    await panel.waitForState("no-mapping");
  });
}
