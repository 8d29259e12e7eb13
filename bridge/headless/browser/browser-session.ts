/**
 * A Chromium that a command works in: started on a profile's folder, on a temporary one, or a running one that
 * is only attached to and never closed.
 */

import type { Browser, BrowserContext, BrowserType, Page } from "playwright";
import { messageOf } from "../../../core/session/session-error.ts";
import { HeadlessError } from "../headless-error.ts";
import { attachedProfile } from "./attached-profile.ts";
import { findChromium } from "./find-chromium.ts";
import { loadChromium } from "./load-playwright.ts";
import { profileIdOf } from "./profile-id.ts";

export interface BrowserOptions {
  /** User data folder; made where it is missing. */
  readonly profile?: string | undefined;
  /** Endpoint of a running Chromium's DevTools protocol. */
  readonly cdp?: string | undefined;
  /** Executable to start. */
  readonly executable?: string | undefined;
}

/** A command ends its browser itself, after it has kept what it did: signals are not Playwright's business. */
const SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

const NAVIGATION_TIMEOUT_MS = 30_000;

export class BrowserSession {
  /** Names the storage that its pages see; undefined = it goes with the browser. */
  readonly profile: string | undefined;
  readonly #context: BrowserContext;
  readonly #attachedTo: Browser | undefined;

  private constructor(context: BrowserContext, profile: string | undefined, attachedTo: Browser | undefined) {
    this.#context = context;
    this.profile = profile;
    this.#attachedTo = attachedTo;
  }

  /** @throws HeadlessError "no-browser", "browser-failed" */
  static async open(options: BrowserOptions): Promise<BrowserSession> {
    const chromium = await loadChromium();
    return options.cdp === undefined
      ? BrowserSession.#launch(chromium, options)
      : BrowserSession.#attach(chromium, options.cdp);
  }

  static async #launch(
    chromium: BrowserType,
    { profile, executable }: BrowserOptions,
  ): Promise<BrowserSession> {
    const executablePath = findChromium(chromium, executable);
    const id = profile === undefined ? undefined : profileIdOf(profile);
    try {
      // An empty name makes a temporary folder, which goes with the browser.
      const context = await chromium.launchPersistentContext(profile ?? "", { executablePath, ...SIGNALS });
      return new BrowserSession(context, id, undefined);
    } catch (error) {
      throw startFailed(error, profile);
    }
  }

  static async #attach(chromium: BrowserType, endpoint: string): Promise<BrowserSession> {
    let browser: Browser;
    try {
      // Nothing about the person's browser is to change.
      browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
    } catch (error) {
      throw attachFailed(error, endpoint);
    }
    const [context] = browser.contexts();
    if (context === undefined) {
      await browser.close();
      throw new HeadlessError(
        "browser-failed",
        `The browser at ${endpoint} has no window open: open the page there.`,
      );
    }
    return new BrowserSession(context, await attachedProfile(browser, endpoint), browser);
  }

  /** Only a browser of ours can be shown an empty page in the application's place. */
  get isOwn(): boolean {
    return this.#attachedTo === undefined;
  }

  /**
   * Loads the page, or finds it among those that are open where the browser is not ours.
   *
   * @throws HeadlessError "page-failed"
   */
  async page(url: string): Promise<Page> {
    if (this.#attachedTo !== undefined) return this.#openPage(this.#attachedTo, url);
    const page = await this.#firstPage();
    try {
      await page.goto(url, { timeout: NAVIGATION_TIMEOUT_MS });
    } catch (error) {
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      throw new HeadlessError("page-failed", `The page ${url} could not be loaded: ${why}`, { cause: error });
    }
    return page;
  }

  /**
   * An empty page of the same origin in the application's place: nothing of the application runs, neither its
   * scripts nor its service worker, and no server is asked.
   *
   * @throws HeadlessError "usage" for a URL that is not http(s)
   */
  async emptyPage(url: string): Promise<Page> {
    const { protocol } = new URL(url);
    if (protocol !== "http:" && protocol !== "https:") {
      throw new HeadlessError(
        "usage",
        `Only http and https pages have a storage of their own, ${url} has none.`,
      );
    }
    const page = await this.#firstPage();
    const protocolSession = await this.#context.newCDPSession(page);
    await protocolSession.send("Network.enable");
    await protocolSession.send("Network.setBypassServiceWorker", { bypass: true });
    const everything = "**/*";
    await page.route(everything, (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Driftscope</title>" }),
    );
    await page.goto(url);
    await page.unroute(everything);
    await protocolSession.detach();
    return page;
  }

  /** Closes what it started; what it attached to goes on. */
  async close(): Promise<void> {
    if (this.#attachedTo === undefined) await this.#context.close();
    else await this.#attachedTo.close();
  }

  async #firstPage(): Promise<Page> {
    return this.#context.pages()[0] ?? (await this.#context.newPage());
  }

  #openPage(browser: Browser, url: string): Page {
    // Pages of other contexts have storages of their own, which `profile` does not name.
    const pages = browser.contexts()[0]?.pages() ?? [];
    const wanted = new URL(url).href;
    const found = pages.find((page) => page.url() === wanted);
    if (found !== undefined) return found;
    const { origin } = new URL(url);
    const near = pages.map((page) => page.url()).filter((open) => open.startsWith(origin));
    const hint = near.length === 0 ? "Open it there." : `Open there of that origin: ${near.join(", ")}.`;
    throw new HeadlessError("page-failed", `The browser has no page with the URL ${wanted}. ${hint}`);
  }
}

function startFailed(error: unknown, profile: string | undefined): HeadlessError {
  const said = messageOf(error);
  const inUse = /ProcessSingleton|profile is already in use|existing browser session/i.test(said);
  const message =
    inUse && profile !== undefined
      ? `Another browser has the profile ${profile} open: close it, or attach to it with --cdp.`
      : `The browser did not start: ${firstLines(said)}`;
  return new HeadlessError("browser-failed", message, { cause: error });
}

function attachFailed(error: unknown, endpoint: string): HeadlessError {
  const said = messageOf(error);
  return new HeadlessError(
    "browser-failed",
    `No browser answers at ${endpoint}: start one with --remote-debugging-port and a --user-data-dir. (${firstLines(said)})`,
    { cause: error },
  );
}

/** Playwright adds a long call log. */
function firstLines(text: string): string {
  return text.split("\n").slice(0, 2).join(" ").slice(0, 400);
}
