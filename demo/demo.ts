import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BridgeProcess } from "../test/support/bridge/bridge-process.ts";
import { connectAsPanel } from "../test/support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../test/support/bridge/remote-records.ts";
import type { BrowserName } from "../test/support/browsers/find-browser.ts";
import { type Counts, DriftscopePanel } from "../test/support/panel/driftscope-panel.ts";
import { launchBrowser } from "../test/support/panel/launch-browser.ts";
import type { BrowserDriver } from "../test/support/panel/panel-driver.ts";
import { type DemoBackend, startBackend } from "./backends.ts";
import { editHere } from "./edit-here.ts";
import { editThere } from "./edit-there.ts";
import { bringToOneState } from "./scenario.ts";
import { serveDemo } from "./server.ts";

const DATABASE = "film-catalogue";
const STORE = "films";

export interface DemoOptions {
  readonly browser: BrowserName;
  readonly headless: boolean;
  /** Absent = an SQLite file of the bridge's. */
  readonly backend?: DemoBackend;
  /** Folder of the bridge's files and of the screenshots; what it held is removed. */
  readonly folder: string;
}

/** What was started, in the order in which it was. */
interface Closing {
  close(): Promise<void>;
}

/** The application's server, a bridge with its backend, and a browser with the panel on the application. */
export class Demo {
  readonly folder: string;
  readonly panel: DriftscopePanel;
  readonly bridge: BridgeProcess;
  readonly browser: BrowserDriver;
  readonly #opened: readonly Closing[];

  private constructor(
    folder: string,
    panel: DriftscopePanel,
    bridge: BridgeProcess,
    browser: BrowserDriver,
    opened: readonly Closing[],
  ) {
    this.folder = folder;
    this.panel = panel;
    this.bridge = bridge;
    this.browser = browser;
    this.#opened = opened;
  }

  static async start({ browser: name, headless, folder, backend }: DemoOptions): Promise<Demo> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const opened: Closing[] = [];
    try {
      const server = await serveDemo();
      opened.push(server);
      if (backend !== undefined) {
        say(`${backend} is starting…`);
        const running = await startBackend(backend);
        opened.push(running);
        const config = { connections: { [backend]: running.connection } };
        writeFileSync(join(folder, "driftscope.config.json"), JSON.stringify(config));
        say(`${backend} is up: ${running.where}`);
      }
      const bridge = await BridgeProcess.start({ folder });
      opened.push(bridge);
      const browser = await launchBrowser(name, { headless });
      opened.push(browser);
      const panel = new DriftscopePanel(await browser.inspect(server.url));
      return new Demo(folder, panel, bridge, browser, opened);
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
    for (const one of [...this.#opened].reverse()) await one.close();
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
