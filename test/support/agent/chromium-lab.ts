import { type Browser, type CDPSession, chromium, type Page } from "playwright";
import { findBrowser } from "../browsers/find-browser.ts";
import type { Lab, LabPage } from "./lab.ts";
import { labScripts } from "./lab-scripts.ts";
import { type LabServer, serveLab } from "./lab-server.ts";

/** Runtime.evaluate without `awaitPromise` is what DevTools' own eval sends. */
export class ChromiumLab implements Lab {
  readonly browser = "chromium";
  readonly #browser: Browser;
  readonly #server: LabServer;

  private constructor(browser: Browser, server: LabServer) {
    this.#browser = browser;
    this.#server = server;
  }

  static async start(): Promise<ChromiumLab> {
    const executablePath = findBrowser("chromium");
    if (executablePath === undefined) throw new Error("no Chromium found");
    const server = await serveLab(labScripts);
    const isRoot = process.getuid?.() === 0;
    const browser = await chromium.launch({ executablePath, args: isRoot ? ["--no-sandbox"] : [] });
    return new ChromiumLab(browser, server);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get otherOrigin(): string {
    return `http://localhost:${this.#server.port}`;
  }

  /** In a context of its own: storage is not shared with other pages, unless `beside` names one. */
  async open(path: string, beside?: ChromiumLabPage): Promise<ChromiumLabPage> {
    const context = beside?.page.context() ?? (await this.#browser.newContext());
    const page = await context.newPage();
    await page.goto(`${this.origin}/${path}`);
    return new ChromiumLabPage(page, await context.newCDPSession(page));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
  }
}

export class ChromiumLabPage implements LabPage {
  readonly page: Page;
  readonly cdp: CDPSession;

  constructor(page: Page, cdp: CDPSession) {
    this.page = page;
    this.cdp = cdp;
  }

  readonly evaluate = async (code: string): Promise<string> => {
    const { result, exceptionDetails } = await this.cdp.send("Runtime.evaluate", {
      expression: code,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value as string;
  };

  async app<T>(body: string): Promise<T> {
    const { result, exceptionDetails } = await this.cdp.send("Runtime.evaluate", {
      expression: `(async () => { ${body} })()`,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value as T;
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
