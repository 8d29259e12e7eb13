/** A Chromium that somebody else has started, with its debugging port open, as --cdp wants it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Browser, chromium, type Page } from "playwright";
import { findBrowser } from "../browsers/find-browser.ts";

export class AttachableChromium {
  readonly endpoint: string;
  readonly browser: Browser;
  readonly #process: ChildProcess;

  private constructor(endpoint: string, browser: Browser, child: ChildProcess) {
    this.endpoint = endpoint;
    this.browser = browser;
    this.#process = child;
  }

  /** Shows the page, in the first tab. */
  static async start(profile: string, url: string): Promise<AttachableChromium> {
    const executable = findBrowser("chromium");
    if (executable === undefined) throw new Error("no Chromium found");
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const child = spawn(
      executable,
      [
        "--headless=new",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "--no-first-run",
        ...sandbox,
        url,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    for await (const line of createInterface({ input: child.stderr })) {
      const socket = /DevTools listening on ws:\/\/([^/]+)/.exec(line)?.[1];
      if (socket === undefined) continue;
      child.stderr.resume();
      const endpoint = `http://${socket}`;
      return new AttachableChromium(endpoint, await chromium.connectOverCDP(endpoint), child);
    }
    throw new Error("Chromium did not tell its debugging port");
  }

  async page(url: string): Promise<Page> {
    for (;;) {
      const found = this.browser
        .contexts()[0]
        ?.pages()
        .find((page) => page.url() === url);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    await this.browser.close();
    this.#process.kill();
    await ended;
  }
}
