import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BridgeProcess } from "../test/support/bridge/bridge-process.ts";
import { connectAsPanel } from "../test/support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../test/support/bridge/remote-records.ts";
import type { BrowserName } from "../test/support/browsers/find-browser.ts";
import { type Counts, DriftscopePanel } from "../test/support/panel/driftscope-panel.ts";
import { launchBrowser } from "../test/support/panel/launch-browser.ts";
import type { BrowserDriver } from "../test/support/panel/panel-driver.ts";
import { editHere } from "./edit-here.ts";
import { editThere } from "./edit-there.ts";
import { bringToOneState } from "./scenario.ts";
import { type DemoServer, serveDemo } from "./server.ts";

const DATABASE = "film-catalogue";
const STORE = "films";

export interface DemoOptions {
  readonly browser: BrowserName;
  readonly headless: boolean;
  /** Folder of the bridge's files and of the screenshots; what it held is removed. */
  readonly folder: string;
}

/** The application's server, a bridge with an SQLite file, and a browser with the panel on the application. */
export class Demo {
  readonly folder: string;
  readonly panel: DriftscopePanel;
  readonly bridge: BridgeProcess;
  readonly browser: BrowserDriver;
  readonly #server: DemoServer;

  private constructor(
    folder: string,
    panel: DriftscopePanel,
    bridge: BridgeProcess,
    browser: BrowserDriver,
    server: DemoServer,
  ) {
    this.folder = folder;
    this.panel = panel;
    this.bridge = bridge;
    this.browser = browser;
    this.#server = server;
  }

  static async start({ browser: name, headless, folder }: DemoOptions): Promise<Demo> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const opened: { close(): Promise<void> }[] = [];
    try {
      const server = await serveDemo();
      opened.push(server);
      const bridge = await BridgeProcess.start({ folder });
      opened.push(bridge);
      const browser = await launchBrowser(name, { headless });
      opened.push(browser);
      const panel = new DriftscopePanel(await browser.inspect(server.url));
      return new Demo(folder, panel, bridge, browser, server);
    } catch (error) {
      for (const one of opened.reverse()) await one.close();
      throw error;
    }
  }

  /** Pairs, makes page, remote and base one state, edits both sides, and compares. */
  async driftApart(): Promise<Counts> {
    const { panel, bridge } = this;
    await panel.pair(await bridge.pairing());
    await panel.openStore(DATABASE, STORE);
    await panel.openTab("Sync");
    await panel.createMapping();
    say(`pushed ${await bringToOneState(panel)} films: page, backend and base are equal`);
    say(`edited ${await editHere(panel.driver)} films in the page`);
    say(`edited ${await this.#editThere()} films in the backend`);
    return panel.compare();
  }

  async screenshot(name: string): Promise<string> {
    const path = join(this.folder, `${name}-${this.browser.name}.png`);
    await this.panel.driver.screenshot(path);
    return path;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.bridge.close();
    await this.#server.close();
  }

  async #editThere(): Promise<number> {
    const client = await connectAsPanel(await this.bridge.pairing());
    try {
      const [connection] = await client.connections();
      const [collection] = connection?.collections ?? [];
      if (!connection || !collection) throw new Error("the bridge serves no collection yet");
      return await editThere(new RemoteRecords(await client.remoteStore(connection.name, collection.name)));
    } finally {
      client.close();
    }
  }
}

/** Steps go to the standard error: the standard output is for results. */
function say(text: string): void {
  console.error(text);
}
