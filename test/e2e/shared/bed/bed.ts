import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { BridgeClient } from "../../../../core/protocol/client/bridge-client.ts";
import { BridgeProcess } from "../../../support/bridge/bridge-process.ts";
import { connectAsPanel } from "../../../support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../../../support/bridge/remote-records.ts";
import type { BrowserName } from "../../../support/browsers/find-browser.ts";
import { removeProfile } from "../../../support/browsers/remove-profile.ts";
import { type BlankPage, serveBlankPage } from "../../../support/page/blank-page.ts";
import { type PageRecord, PageStore } from "../../../support/page/page-store.ts";
import { DriftscopePanel } from "../../../support/panel/driftscope-panel.ts";
import { launchBrowser } from "../../../support/panel/launch-browser.ts";
import type { BrowserDriver, PanelDriver } from "../../../support/panel/panel-driver.ts";

/** The store that most tests use; its database has another name in every test. */
const STORE = "notes";

/** One mapped store, seen from all three sides. */
export interface Scene {
  readonly url: string;
  readonly panel: DriftscopePanel;
  /** What the page holds, by a script of the page. */
  readonly local: PageStore;
  /** What the backend holds, by a second client of the bridge. */
  readonly remote: RemoteRecords;
  /** What a plan calls the two sides. */
  readonly names: { readonly local: string; readonly remote: string };
}

/** What lies in the bridge's folder when it starts, such as driftscope.config.json, by name. */
export type BridgeFiles = Readonly<Record<string, string>>;

export interface BedOptions {
  /** The browser can be restarted on what it stored. */
  readonly keepsProfile?: boolean;
}

export interface PageOptions {
  readonly strict?: boolean;
  /** A field with a unique index. */
  readonly unique?: string;
}

/**
 * What the tests of one file share: a browser, and a bridge that the browser is paired with. Every test has an
 * origin and a database of its own, and ends with the check that no panel logged an error.
 */
export function useBed(name: BrowserName, files: BridgeFiles = {}, options: BedOptions = {}): Bed {
  const bed = new Bed(name, files, options);
  beforeAll(() => bed.open());
  afterEach(({ task }) => bed.endTest(task.result?.state !== "fail"));
  afterAll(() => bed.close());
  return bed;
}

export class Bed {
  readonly #name: BrowserName;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-e2e-"));
  readonly #profile: string | undefined;
  readonly #panels = new Set<PanelDriver>();
  readonly #pages: BlankPage[] = [];
  #toClose: PanelDriver[] = [];
  /** Of the test before, where it may serve the next one. */
  #idle: PanelDriver | undefined;
  #expected: RegExp | undefined;
  #hasClosedTab = false;
  #browser: BrowserDriver | undefined;
  #bridge: BridgeProcess | undefined;
  #client: BridgeClient | undefined;
  #databases = 0;

  constructor(name: BrowserName, files: BridgeFiles = {}, { keepsProfile = false }: BedOptions = {}) {
    this.#name = name;
    if (keepsProfile) this.#profile = mkdtempSync(join(tmpdir(), "driftscope-profile-"));
    this.#writeFiles(files);
  }

  #writeFiles(files: BridgeFiles): void {
    for (const [file, content] of Object.entries(files)) writeFileSync(join(this.#folder, file), content);
  }

  get bridge(): BridgeProcess {
    if (!this.#bridge) throw new Error("the bridge was not started");
    return this.#bridge;
  }

  async open(): Promise<void> {
    [this.#bridge, this.#browser] = await Promise.all([
      BridgeProcess.start({ folder: this.#folder }),
      this.#launch(),
    ]);
    this.#client = await connectAsPanel(await this.bridge.pairing());
  }

  async close(): Promise<void> {
    this.#client?.close();
    await this.#browser?.close();
    await this.#bridge?.close();
    for (const page of this.#pages) await page.close();
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.#profile !== undefined) await removeProfile(this.#profile);
  }

  /** The tabs stay until another one is open: a browser may end with its last tab. */
  async endTest(hasPassed: boolean): Promise<void> {
    const panels = [...this.#panels];
    const expected = this.#expected;
    this.#panels.clear();
    this.#expected = undefined;
    // One that this test had no use for is still idle.
    const open = this.#idle === undefined ? panels : [this.#idle, ...panels];
    // Firefox may still be busy with the DevTools of a closed tab: what comes next has a window of its own.
    const mayServe = hasPassed && !this.#hasClosedTab;
    this.#hasClosedTab = false;
    this.#idle = mayServe ? open.find(({ canStartOver }) => canStartOver) : undefined;
    this.#toClose.push(...open.filter((panel) => panel !== this.#idle));
    for (const panel of panels) expect(unexpected(await panel.errors(), expected)).toEqual([]);
  }

  /** Errors that the browser itself logs in this test, whatever the panel does. */
  expectErrors(pattern: RegExp): void {
    this.#expected = pattern;
  }

  /** A page on a new origin. */
  async servePage(options?: { readonly strict: boolean }): Promise<BlankPage> {
    const page = await serveBlankPage(options ?? { strict: false });
    this.#pages.push(page);
    return page;
  }

  /** A tab on the address, with DevTools on our panel, whose document was just loaded. */
  async inspect(url: string): Promise<DriftscopePanel> {
    const driver = await this.#startOver(url);
    for (const old of this.#toClose.splice(0)) await old.page.close();
    this.#panels.add(driver);
    return new DriftscopePanel(driver);
  }

  async #startOver(url: string): Promise<PanelDriver> {
    if (!this.#browser) throw new Error("the browser was not launched");
    const idle = this.#idle;
    if (idle === undefined) return this.#browser.inspect(url);
    this.#idle = undefined;
    await idle.startOver(url);
    return idle;
  }

  /** Closes DevTools and leaves the page open. */
  async closeDevTools({ driver }: DriftscopePanel): Promise<void> {
    expect(unexpected(await driver.errors(), this.#expected)).toEqual([]);
    this.#panels.delete(driver);
    this.#toClose.push(driver);
    await driver.closeDevTools();
  }

  /** Closes the tab now, and DevTools with it. */
  async closeTab({ driver }: DriftscopePanel): Promise<void> {
    expect(unexpected(await driver.errors(), this.#expected)).toEqual([]);
    this.#panels.delete(driver);
    this.#hasClosedTab = true;
    await driver.page.close();
  }

  newDatabase(): string {
    return `db${++this.#databases}`;
  }

  /** A tab on a new origin whose one store has these records, and the panel on its Data view. */
  async openPage(records: readonly PageRecord[], { strict = false, unique }: PageOptions = {}) {
    const { url } = await this.servePage({ strict });
    const panel = await this.inspect(url);
    const local = new PageStore(panel.driver.page, this.newDatabase(), STORE);
    await local.create(records, unique);
    await panel.lookAgain();
    await panel.openStore(local.database, STORE);
    return { url, panel, local };
  }

  /** The same with a mapping to a new collection, on the Sync view. */
  async openScene(records: readonly PageRecord[] = [], options?: PageOptions): Promise<Scene> {
    const { url, panel, local } = await this.openPage(records, options);
    await this.pair(panel);
    await panel.openTab("Sync");
    await panel.createMapping();
    const collection = `${local.database}.${STORE}`;
    return {
      url,
      panel,
      local,
      remote: await this.remoteRecords(collection),
      names: { local: STORE, remote: collection },
    };
  }

  /** A scene whose two sides hold these records, after the compare that says so: they are the base. */
  async openAgreed(records: readonly PageRecord[], options?: { readonly strict: boolean }): Promise<Scene> {
    const scene = await this.openScene(records, options);
    await scene.remote.putAll(records);
    expect(await scene.panel.compare()).toEqual({ equal: records.length });
    return scene;
  }

  /** The same after a push, which leaves in the base what the records were: what a merge by field needs. */
  async openPushed(records: readonly PageRecord[]): Promise<Scene> {
    const scene = await this.openScene(records);
    await scene.panel.compare();
    await scene.panel.decideAllShown("Push");
    await scene.panel.preview();
    expect(await scene.panel.apply()).toEqual({ applied: records.length });
    return scene;
  }

  /** Ends the browser, and starts it again on the same profile: what it stored is what is left. */
  async restartBrowser(): Promise<void> {
    for (const panel of this.#panels) expect(unexpected(await panel.errors(), this.#expected)).toEqual([]);
    this.#panels.clear();
    this.#toClose = [];
    this.#idle = undefined;
    await this.#browser?.close();
    this.#browser = await this.#launch();
  }

  #launch(): Promise<BrowserDriver> {
    return launchBrowser(this.#name, { profile: this.#profile });
  }

  /** Once in a browser: its panels share what they are paired with. */
  async pair(panel: DriftscopePanel): Promise<void> {
    const isPaired = await panel.knowsBridge();
    if (isPaired) await panel.waitForBridge("ready");
    else await panel.pair(await this.bridge.pairing());
  }

  async remoteRecords(collection: string): Promise<RemoteRecords> {
    if (!this.#client) throw new Error("the bridge was not started");
    const [connection] = await this.#client.connections();
    if (!connection) throw new Error("the bridge serves no connection");
    return new RemoteRecords(this.#client.remoteStore(connection.name, collection));
  }

  /** As a crash, and a new process on the same port and data. */
  async killBridge(): Promise<void> {
    await this.bridge.kill();
  }

  async restartBridge(): Promise<void> {
    this.#bridge = await this.bridge.restart();
  }

  /** It goes on with other files in its folder. */
  async reconfigureBridge(files: BridgeFiles): Promise<void> {
    await this.killBridge();
    this.#writeFiles(files);
    await this.restartBridge();
  }
}

function unexpected(errors: readonly string[], expected: RegExp | undefined): readonly string[] {
  return errors.filter((error) => !expected?.test(error));
}
