import type { BrowserContext, CDPSession, Frame, Locator, Page } from "playwright";
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
import { type DevTools, openDevTools } from "./open-devtools.ts";
import { sizePanel } from "./size-panel.ts";

const DEFAULT_TIMEOUT = 30_000;

/** The panel as an ordinary Playwright frame of DevTools' page. */
export class ChromiumPanel implements PanelDriver {
  readonly browser = "chromium";
  readonly page: PageDriver;
  readonly #context: BrowserContext;
  readonly #tab: Page;
  readonly #options: LaunchOptions;
  readonly #errors: string[] = [];
  #devtools: DevTools;
  #debugger: CDPSession | undefined;
  #canStartOver = true;

  private constructor(context: BrowserContext, tab: Page, options: LaunchOptions, devtools: DevTools) {
    this.#context = context;
    this.#tab = tab;
    this.#options = options;
    this.#devtools = devtools;
    this.page = new ChromiumPage(tab);
    this.#collectErrors();
  }

  /** The inspected tab and its DevTools, for what only the DevTools protocol of Chromium can do. */
  get tab(): Page {
    return this.#tab;
  }

  get devtools(): DevTools {
    return this.#devtools;
  }

  static async open(context: BrowserContext, tab: Page, options: LaunchOptions): Promise<ChromiumPanel> {
    return new ChromiumPanel(context, tab, options, await openDevTools(context, tab, options));
  }

  evaluate<Arguments extends readonly unknown[], Result>(
    code: (...args: Arguments) => Result | Promise<Result>,
    ...args: Arguments
  ): Promise<Result> {
    return evaluateIn(this.#devtools.frame, code, args);
  }

  async click(target: Target, options?: WaitOptions): Promise<void> {
    await this.#locate(target).click(timeoutOf(options));
  }

  async fill(target: Target, text: string, options?: WaitOptions): Promise<void> {
    await this.#locate(target).fill(text, timeoutOf(options));
  }

  async press(chord: string): Promise<void> {
    await this.#devtools.window.keyboard.press(chord);
  }

  async text(target: Target, options?: WaitOptions): Promise<string> {
    // The text that is seen is meant: innerText, not textContent.
    return (await this.#locate(target).innerText(timeoutOf(options))).trim();
  }

  attribute(target: Target, name: string, options?: WaitOptions): Promise<string | null> {
    return this.#locate(target).getAttribute(name, timeoutOf(options));
  }

  count(target: Target): Promise<number> {
    return this.#locate(target).count();
  }

  waitFor(target: Target, options?: WaitForOptions): Promise<void> {
    return waitForLocator(this.#locate(target), options);
  }

  async screenshot(path: string, what: "panel" | "devtools" = "devtools"): Promise<void> {
    const { window, frame } = this.#devtools;
    if (what === "devtools") await window.screenshot({ path });
    else await (await frame.frameElement()).screenshot({ path });
  }

  /** Reaches the panel's `prefers-color-scheme`, `themeName` and the theme handler alike. */
  async setTheme(theme: Theme): Promise<void> {
    this.#canStartOver = false;
    await this.#devtools.window.emulateMedia({ colorScheme: theme });
  }

  setSize(width: number, height: number): Promise<void> {
    this.#canStartOver = false;
    return sizePanel(this.#devtools, width, height);
  }

  async axe(rules?: AxeRules): Promise<readonly AxeViolation[]> {
    const { frame } = this.#devtools;
    if (!(await frame.evaluate(hasAxe))) await frame.evaluate(axeSource);
    return frame.evaluate(runAxe, namesOf(rules));
  }

  async errors(): Promise<readonly string[]> {
    return [...this.#errors];
  }

  async pausePage(): Promise<void> {
    this.#canStartOver = false;
    const session = await this.#context.newCDPSession(this.#tab);
    this.#debugger = session;
    await session.send("Debugger.enable");
    const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
    await this.page.evaluate(() => {
      setTimeout(() => {
        // biome-ignore lint/suspicious/noDebugger: the pause is what is wanted
        debugger;
      });
    });
    await paused;
    // DevTools shows the place by itself; only then can another panel be brought to the front for good.
    await this.#devtools.window.getByText("Debugger paused").first().waitFor();
    await this.#devtools.showPanel();
  }

  async resumePage(): Promise<void> {
    await this.#debugger?.send("Debugger.resume");
    await this.#debugger?.detach();
    this.#debugger = undefined;
  }

  async closeDevTools(): Promise<void> {
    this.#canStartOver = false;
    await this.#devtools.window.close();
  }

  async openDevTools(): Promise<void> {
    this.#devtools = await openDevTools(this.#context, this.#tab, this.#options);
    this.#collectErrors();
  }

  get canStartOver(): boolean {
    return this.#canStartOver;
  }

  async startOver(url: string): Promise<void> {
    const { window, frame } = this.#devtools;
    await this.#tab.goto(url);
    const loaded = window.waitForEvent("framenavigated", (navigated) => navigated === frame);
    await frame.evaluate(() => location.reload());
    await loaded;
    await frame.waitForLoadState();
    this.#errors.length = 0;
  }

  #locate(target: Target): Locator {
    const { frame } = this.#devtools;
    if (typeof target === "string") return frame.locator(target).filter({ visible: true });
    const within = target.within ? frame.locator(target.within) : frame;
    return within.getByRole(target.role, { name: target.name, exact: true });
  }

  /** DevTools' own messages arrive by the same events: the panel's are told by their origin. */
  #collectErrors(): void {
    const { window } = this.#devtools;
    window.on("console", (message) => {
      if (message.type() === "error" && isOurs(message.location().url)) this.#errors.push(message.text());
    });
    window.on("pageerror", (error) => {
      if (isOurs(error.stack)) this.#errors.push(error.message);
    });
  }
}

class ChromiumPage implements PageDriver {
  readonly #tab: Page;

  constructor(tab: Page) {
    this.#tab = tab;
  }

  evaluate<Arguments extends readonly unknown[], Result>(
    code: (...args: Arguments) => Result | Promise<Result>,
    ...args: Arguments
  ): Promise<Result> {
    return evaluateIn(this.#tab.mainFrame(), code, args);
  }

  async click(css: string, options?: WaitOptions): Promise<void> {
    await this.#tab.locator(css).click(timeoutOf(options));
  }

  waitFor(css: string, options?: WaitForOptions): Promise<void> {
    return waitForLocator(this.#tab.locator(css), options);
  }

  async navigate(url: string): Promise<void> {
    await this.#tab.goto(url);
  }

  async reload(): Promise<void> {
    await this.#tab.reload();
  }

  async close(): Promise<void> {
    await this.#tab.close();
  }
}

function evaluateIn<Arguments extends readonly unknown[], Result>(
  frame: Frame,
  code: (...args: Arguments) => Result | Promise<Result>,
  args: Arguments,
): Promise<Result> {
  return frame.evaluate<Result>(`(${code})(...${JSON.stringify(args)})`);
}

async function waitForLocator(locator: Locator, options: WaitForOptions = {}): Promise<void> {
  const { text, state = "visible" } = options;
  const wanted = text === undefined ? locator : locator.filter({ hasText: text });
  // Hidden are all that match: the first of those that are visible is there as long as any is.
  await (state === "hidden" ? wanted.first() : wanted).waitFor({ state, ...timeoutOf(options) });
}

function timeoutOf(options?: WaitOptions): { timeout: number } {
  return { timeout: options?.timeout ?? DEFAULT_TIMEOUT };
}

function isOurs(place: string | undefined): boolean {
  return place?.includes("chrome-extension:") ?? false;
}
