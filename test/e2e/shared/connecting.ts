import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

/** What browsers log by themselves about a WebSocket that could not be opened, or ended. */
const REFUSED = /WebSocket|can.t establish a connection|was interrupted|Firefox can/;

/** Every way in which the panel does not get to its bridge, and the way on from there. */
export function connecting(name: BrowserName): void {
  const bed = useBed(name);
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await closed(server);
  });

  async function openSync(): Promise<DriftscopePanel> {
    bed.expectErrors(REFUSED);
    const { panel } = await bed.openPage([{ id: 1 }]);
    await panel.openTab("Sync");
    return panel;
  }

  async function listenOn(port: number, server = createServer()): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** The pairing string of the bridge with something else in one of its parts. */
  async function pairingWith(part: "port" | "id" | "code", value: (now: string) => string): Promise<string> {
    const [word = "", port = "", id = "", code = ""] = (await bed.bridge.pairing()).split(":");
    const parts = { port, id, code };
    parts[part] = value(parts[part]);
    return [word, parts.port, parts.id, parts.code].join(":");
  }

  async function refuses(panel: DriftscopePanel, pairing: string, reason: RegExp): Promise<void> {
    await panel.driver.fill('[data-testid="pairing-input"]', pairing);
    await panel.driver.click('[data-testid="pair"]');
    await panel.driver.waitFor("#pairing-problem", { timeout: 30_000 });
    expect(await panel.driver.text("#pairing-problem")).toMatch(reason);
  }

  async function pairs(panel: DriftscopePanel): Promise<void> {
    await panel.pair(await bed.bridge.pairing());
    await panel.waitForState("no-mapping");
  }

  test("a wrong code, a string that is none, a port with something else: told, and the right string pairs", async () => {
    const panel = await openSync();
    await panel.waitForState("not-paired");
    await refuses(panel, "not a pairing string", /driftscope:/);
    await refuses(
      panel,
      await pairingWith("code", (code) => `${code.startsWith("a") ? "b" : "a"}${code.slice(1)}`),
      /./,
    );
    await panel.waitForState("wrong-code");
    const web = await listenOn(
      0,
      createServer((_request, response) => response.writeHead(404).end()),
    );
    await refuses(panel, await pairingWith("port", () => String(web)), new RegExp(String(web)));
    const sockets = createServer();
    new WebSocketServer({ server: sockets }).on("connection", (socket) => socket.send("hello"));
    const chat = await listenOn(0, sockets);
    await refuses(panel, await pairingWith("port", () => String(chat)), new RegExp(String(chat)));
    await pairs(panel);
    await forget(panel);
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
    await forget(panel);
  });

  test("something else on the bridge's port learns nothing; the card pairs anew", async () => {
    const panel = await openSync();
    await pairs(panel);
    const { port } = bed.bridge;
    await bed.killBridge();
    const heard: string[] = [];
    const squatter = createServer();
    new WebSocketServer({ server: squatter }).on("connection", (socket) => {
      socket.on("message", (data) => heard.push(String(data)));
      socket.send("hello");
    });
    await listenOn(port, squatter);
    await panel.waitForState("refused");
    expect(heard.length).toBeGreaterThan(0);
    await closed(squatter);
    servers.length = 0;
    await bed.restartBridge();
    await panel.driver.click({ role: "button", name: "Try now" });
    await panel.waitForState("no-mapping");
    await forget(panel);
  });
}

/** The next test begins without a pairing. */
async function forget({ driver }: DriftscopePanel): Promise<void> {
  await driver.click('[data-testid="bridge-status"]');
  await driver.click({ role: "button", name: "Forget this bridge" });
  await driver.waitFor('[data-testid="bridge-status"][data-state="not-paired"]');
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
