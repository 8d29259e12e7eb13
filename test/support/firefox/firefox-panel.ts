import { writeFileSync } from "node:fs";
import { axeSource, hasAxe, namesOf, runAxe } from "../panel/axe-in-document.ts";
import type {
  AxeRules,
  AxeViolation,
  LaunchOptions,
  PageDriver,
  PanelDriver,
  Target,
  Theme,
  WaitForOptions,
  WaitOptions,
} from "../panel/panel-driver.ts";
import {
  CAPTURE_TOOLBOX,
  CLOSE_TAB,
  CLOSE_TOOLBOX,
  OPEN_PANEL,
  PAUSE_PAGE,
  RELOAD_PANEL,
  RESUME_PAGE,
  SET_THEME,
  SIZE_PANEL,
} from "./chrome-scripts.ts";
import { FirefoxDocument } from "./firefox-document.ts";
import type { FirefoxSession } from "./firefox-session.ts";

/** The panel as a document that the WebDriver session looks at. */
export class FirefoxPanel implements PanelDriver {
  readonly browser = "firefox";
  readonly page: PageDriver;
  readonly #session: FirefoxSession;
  readonly #tab: string;
  readonly #options: LaunchOptions;
  readonly #document: FirefoxDocument;
  #canStartOver = true;

  private constructor(session: FirefoxSession, tab: string, options: LaunchOptions, page: PageDriver) {
    this.#session = session;
    this.#tab = tab;
    this.#options = options;
    this.page = page;
    this.#document = new FirefoxDocument(session, { tab, what: "panel", panelPage: options.panelPage });
  }

  static async open(
    session: FirefoxSession,
    tab: string,
    url: string,
    options: LaunchOptions,
  ): Promise<FirefoxPanel> {
    const page = new FirefoxPage(session, tab);
    await page.navigate(url);
    const panel = new FirefoxPanel(session, tab, options, page);
    await panel.openDevTools();
    return panel;
  }

  evaluate<Arguments extends readonly unknown[], Result>(
    code: (...args: Arguments) => Result | Promise<Result>,
    ...args: Arguments
  ): Promise<Result> {
    return this.#document.evaluate(code, args);
  }

  click(target: Target, options?: WaitOptions): Promise<void> {
    return this.#document.click(target, options);
  }

  fill(target: Target, text: string, options?: WaitOptions): Promise<void> {
    return this.#document.fill(target, text, options);
  }

  press(chord: string): Promise<void> {
    return this.#document.press(chord);
  }

  text(target: Target, options?: WaitOptions): Promise<string> {
    return this.#document.text(target, options);
  }

  attribute(target: Target, name: string, options?: WaitOptions): Promise<string | null> {
    return this.#document.attribute(target, name, options);
  }

  count(target: Target): Promise<number> {
    return this.#document.count(target);
  }

  waitFor(target: Target, options?: WaitForOptions): Promise<void> {
    return this.#document.waitFor(target, options);
  }

  async screenshot(path: string, what: "panel" | "devtools" = "devtools"): Promise<void> {
    if (what === "panel") return this.#document.screenshot(path);
    const png = (await this.#session.chrome(CAPTURE_TOOLBOX, this.#tab)) as string;
    writeFileSync(path, Buffer.from(png, "base64"));
  }

  async setTheme(theme: Theme): Promise<void> {
    this.#canStartOver = false;
    await this.#session.chrome(SET_THEME, this.#tab, theme);
  }

  async setSize(width: number, height: number): Promise<void> {
    this.#canStartOver = false;
    await this.#session.chrome(SIZE_PANEL, this.#tab, this.#options.panelPage, width, height);
  }

  async axe(rules?: AxeRules): Promise<readonly AxeViolation[]> {
    if (!(await this.#document.evaluate(hasAxe, []))) await this.#document.run(axeSource);
    return this.#document.evaluate(runAxe, [namesOf(rules)]);
  }

  errors(): Promise<readonly string[]> {
    return this.#document.errors();
  }

  async pausePage(): Promise<void> {
    this.#canStartOver = false;
    await this.#session.chrome(PAUSE_PAGE, this.#tab, this.#options.panelTitle);
  }

  async resumePage(): Promise<void> {
    await this.#session.chrome(RESUME_PAGE, this.#tab);
  }

  async closeDevTools(): Promise<void> {
    this.#canStartOver = false;
    await this.#session.chrome(CLOSE_TOOLBOX, this.#tab);
  }

  async openDevTools(): Promise<void> {
    const { panelTitle, panelPage } = this.#options;
    await this.#session.chrome(OPEN_PANEL, this.#tab, panelTitle, panelPage);
  }

  get canStartOver(): boolean {
    return this.#canStartOver;
  }

  async startOver(url: string): Promise<void> {
    await this.page.navigate(url);
    await this.#session.chrome(RELOAD_PANEL, this.#tab, this.#options.panelPage);
  }
}

class FirefoxPage implements PageDriver {
  readonly #session: FirefoxSession;
  readonly #tab: string;
  readonly #document: FirefoxDocument;

  constructor(session: FirefoxSession, tab: string) {
    this.#session = session;
    this.#tab = tab;
    this.#document = new FirefoxDocument(session, { tab, what: "page", panelPage: "" });
  }

  evaluate<Arguments extends readonly unknown[], Result>(
    code: (...args: Arguments) => Result | Promise<Result>,
    ...args: Arguments
  ): Promise<Result> {
    return this.#document.evaluate(code, args);
  }

  click(css: string, options?: WaitOptions): Promise<void> {
    return this.#document.click(css, options);
  }

  waitFor(css: string, options?: WaitForOptions): Promise<void> {
    return this.#document.waitFor(css, options);
  }

  async navigate(url: string): Promise<void> {
    await this.#document.at(() => this.#session.send("WebDriver:Navigate", { url }));
  }

  async reload(): Promise<void> {
    await this.#document.at(() => this.#session.send("WebDriver:Refresh"));
  }

  async close(): Promise<void> {
    await this.#session.chrome(CLOSE_TAB, this.#tab);
  }
}
