import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright";
import { removeProfile } from "../browsers/remove-profile.ts";
import type { BrowserDriver, LaunchOptions } from "../panel/panel-driver.ts";
import { ChromiumPanel } from "./chromium-panel.ts";

/** Chromium with the extension, in a profile of its own that goes with it. */
export class ChromiumBrowser implements BrowserDriver {
  readonly name = "chromium";
  readonly closed: Promise<void>;
  readonly #context: BrowserContext;
  readonly #options: LaunchOptions;
  #firstTabTaken = false;

  private constructor(context: BrowserContext, options: LaunchOptions, goes: () => Promise<void>) {
    this.#context = context;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      context.once("close", () => goes().then(resolve));
    });
  }

  static async launch(options: LaunchOptions): Promise<ChromiumBrowser> {
    // Playwright reads it whenever a target attaches; without it DevTools' own window is never a page.
    process.env.PW_CHROMIUM_ATTACH_TO_OTHER = "1";
    const profile = options.profile ?? mkdtempSync(join(tmpdir(), "driftscope-chromium-"));
    const goes = async () => (options.profile === undefined ? removeProfile(profile) : undefined);
    writePreferences(profile);
    try {
      const context = await chromium.launchPersistentContext(profile, {
        executablePath: options.executable,
        headless: options.headless,
        viewport: null,
        handleSIGINT: false,
        args: [
          `--disable-extensions-except=${options.extension}`,
          `--load-extension=${options.extension}`,
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
      return new ChromiumBrowser(context, options, goes);
    } catch (error) {
      await goes();
      throw error;
    }
  }

  /** Playwright's own handle, for what only the DevTools protocol of Chromium can do. */
  get context(): BrowserContext {
    return this.#context;
  }

  async inspect(url: string): Promise<ChromiumPanel> {
    const [first] = this.#context.pages();
    const page = first && !this.#firstTabTaken ? first : await this.#context.newPage();
    this.#firstTabTaken = true;
    await page.goto(url);
    return ChromiumPanel.open(this.#context, page, this.#options);
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.closed;
  }
}

/** DevTools in a window of its own: docked, it has a fixed width and cannot be sized. */
function writePreferences(profile: string): void {
  const bounds = { left: 0, top: 0, right: 1280, bottom: 827, maximized: false };
  // A profile that ran before has preferences of its own, with these in them.
  if (existsSync(join(profile, "Default"))) return;
  mkdirSync(join(profile, "Default"));
  writeFileSync(
    join(profile, "Default", "Preferences"),
    JSON.stringify({
      devtools: { preferences: { currentDockState: JSON.stringify("undocked") } },
      browser: { app_window_placement: { DevToolsApp: bounds } },
    }),
  );
}
