/** Everything a benchmark of the whole product needs: page, panel in DevTools, bridge, and the bare loops. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import type { Frame, Page } from "playwright";
import type { MappingInfo } from "../../../extension/panel/worker/api.ts";
import { BridgeProcess } from "../../support/bridge/bridge-process.ts";
import { ensureBrowser } from "../../support/browsers/ensure-browser.ts";
import { ChromiumBrowser } from "../../support/chromium/chromium-browser.ts";
import type { ChromiumPanel } from "../../support/chromium/chromium-panel.ts";
import { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { BareSqlite } from "../bare/sqlite.ts";
import { BrowserProcesses } from "../measure/browser-processes.ts";
import type { ProcessesByRole } from "../measure/cpu-meter.ts";
import { processTree } from "../measure/process-tree.ts";
import { bundle } from "../page/bundle.ts";
import { type PageServer, servePage } from "../page/serve-page.ts";
import { WorkerTap } from "./worker-tap.ts";

/** The page's database. */
export const DATABASE = "bench";

/** A million records take minutes. */
const RUN = { timeout: 30 * 60_000 };

export type InspectionProcesses = ProcessesByRole &
  Readonly<Record<"page" | "panel" | "bridge", readonly number[]>>;

/** One tab with DevTools on the panel. */
export interface Inspection {
  readonly page: Page;
  readonly frame: Frame;
  readonly panel: DriftscopePanel;
  readonly tap: WorkerTap;
  /** Of this moment: the bridge starts processes as it needs them. */
  processes(): InspectionProcesses;
}

/** Rejects when the person ends the run, so that what was started is closed. */
async function interruption(): Promise<never> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  throw new Error("the benchmark was interrupted");
}

export class Bed {
  readonly folder: string;
  readonly bridge: BridgeProcess;
  readonly sqlite: BareSqlite;
  readonly browser: ChromiumBrowser;
  readonly #server: PageServer;
  #hasPaired = false;

  private constructor(
    folder: string,
    bridge: BridgeProcess,
    sqlite: BareSqlite,
    browser: ChromiumBrowser,
    server: PageServer,
  ) {
    this.folder = folder;
    this.bridge = bridge;
    this.sqlite = sqlite;
    this.browser = browser;
    this.#server = server;
  }

  /**
   * Starts all of it, runs `work`, and leaves nothing behind.
   *
   * @param config Of the bridge; absent = an SQLite file.
   */
  static async use<Result>(work: (bed: Bed) => Promise<Result>, config: object = {}): Promise<Result> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-bench-"));
    writeFileSync(join(folder, "driftscope.config.json"), JSON.stringify(config));
    const closing: (() => Promise<void>)[] = [];
    try {
      const server = await servePage({
        "page.js": await bundle("page/page.ts"),
        "dexie-loop.js": await bundle("page/dexie-loop.ts"),
        "pouch-replication.js": await bundle("page/pouch-replication.ts"),
      });
      closing.push(() => server.close());
      const bridge = await BridgeProcess.start({ folder });
      closing.push(() => bridge.close());
      const sqlite = await BareSqlite.start();
      closing.push(() => sqlite.close());
      const browser = await ChromiumBrowser.launch({
        executable: ensureBrowser("chromium"),
        extension: join(repositoryRoot, "dist/chromium"),
        panelTitle: "Driftscope",
        panelPage: "/extension/panel/panel.html",
        headless: true,
      });
      closing.push(() => browser.close());
      return await Promise.race([work(new Bed(folder, bridge, sqlite, browser, server)), interruption()]);
    } finally {
      for (const close of closing.reverse()) await close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Whether `inspect` has been called: it pairs. */
  get hasPaired(): boolean {
    return this.#hasPaired;
  }

  get browserVersion(): string {
    return this.browser.context.browser()?.version() ?? "";
  }

  /** The page in a new tab, with these stores made anew, and DevTools on the panel, paired. */
  async inspect(stores: readonly string[]): Promise<Inspection> {
    const driver = await this.browser.inspect(this.#server.url);
    await driver.tab.evaluate(([database, stores]) => bench.createDatabase(database, stores), [
      DATABASE,
      stores,
    ] as const);
    const panel = new DriftscopePanel(driver, RUN);
    await panel.pair(await this.bridge.pairing());
    this.#hasPaired = true;
    return this.#inspection(driver, panel);
  }

  /** As `inspect`, with the pairing of a tab before. */
  async inspectAnew(stores: readonly string[]): Promise<Inspection> {
    const { page } = await this.plainPage();
    await page.evaluate(([database, stores]) => bench.createDatabase(database, stores), [
      DATABASE,
      stores,
    ] as const);
    await page.close();
    return this.inspectAgain();
  }

  /** The page as it is in a new tab with new processes; the pairing is known already. */
  async inspectAgain(): Promise<Inspection> {
    const driver = await this.browser.inspect(this.#server.url);
    const panel = new DriftscopePanel(driver, RUN);
    await panel.waitForBridge("ready");
    return this.#inspection(driver, panel);
  }

  /** The page as it is in a new tab without DevTools, and its process. */
  async plainPage(): Promise<{ readonly page: Page; readonly pid: number }> {
    const page = await this.browser.context.newPage();
    await page.goto(this.#server.url);
    const pid = await (await this.#browserProcesses()).rendererOf(page.mainFrame());
    return { page, pid };
  }

  /** The table that holds a mapping's records, and its file. */
  tableOf(mapping: MappingInfo): { readonly file: string; readonly table: string } {
    const name = readdirSync(this.folder, { recursive: true, encoding: "utf8" }).find((path) =>
      /\.(db|sqlite3?)$/.test(path),
    );
    if (name === undefined) throw new Error("the bridge has made no database file");
    const file = join(this.folder, name);
    const database = new Database(file);
    const ids = database.prepare("SELECT id FROM driftscope_collections WHERE name = ?").raw();
    const [id] = ids.get([Buffer.from(mapping.collection)]) as [number];
    database.close();
    return { file, table: `driftscope_records_${id}` };
  }

  async #inspection(driver: ChromiumPanel, panel: DriftscopePanel): Promise<Inspection> {
    const { context } = this.browser;
    const page = driver.tab;
    const { frame, window } = driver.devtools;
    const processes = await this.#browserProcesses();
    const inBrowser = {
      page: [await processes.rendererOf(page.mainFrame())],
      panel: [await processes.rendererOf(frame)],
      DevTools: [await processes.rendererOf(window.mainFrame())],
      browser: [await processes.browser()],
      "browser's helpers": await processes.helpers(),
    };
    return {
      page,
      frame,
      panel,
      tap: await WorkerTap.attach(context, frame),
      processes: () => ({ ...inBrowser, bridge: processTree(this.bridge.pid) }),
    };
  }

  async #browserProcesses(): Promise<BrowserProcesses> {
    const browser = this.browser.context.browser();
    if (!browser) throw new Error("the browser has gone");
    return BrowserProcesses.of(browser);
  }
}
