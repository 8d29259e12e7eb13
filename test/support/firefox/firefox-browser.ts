import type { BrowserDriver, LaunchOptions, PanelDriver } from "../panel/panel-driver.ts";
import { FirefoxPanel } from "./firefox-panel.ts";
import { FirefoxProcess } from "./firefox-process.ts";
import { FirefoxSession } from "./firefox-session.ts";

/** Firefox with the extension as a temporary add-on, in a profile of its own that goes with it. */
export class FirefoxBrowser implements BrowserDriver {
  readonly name = "firefox";
  readonly closed: Promise<void>;
  readonly #process: FirefoxProcess;
  readonly #session: FirefoxSession;
  readonly #options: LaunchOptions;
  #firstTabTaken = false;

  private constructor(process: FirefoxProcess, session: FirefoxSession, options: LaunchOptions) {
    this.#process = process;
    this.#session = session;
    this.#options = options;
    this.closed = process.closed;
  }

  static async launch(options: LaunchOptions): Promise<FirefoxBrowser> {
    const process = await FirefoxProcess.start(options.executable, options.headless, options.profile);
    try {
      const session = await FirefoxSession.create(process.marionette);
      await session.install(options.extension);
      return new FirefoxBrowser(process, session, options);
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  async inspect(url: string): Promise<PanelDriver> {
    const tab = this.#firstTabTaken ? await this.#session.openTab() : await this.#session.firstTab();
    this.#firstTabTaken = true;
    return FirefoxPanel.open(this.#session, tab, url, this.#options);
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}
