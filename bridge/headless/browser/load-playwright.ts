/** Playwright is an optional peer: it is loaded when a page is first opened. */
import type { BrowserType } from "playwright";
import { HeadlessError } from "../headless-error.ts";

/** @throws HeadlessError "no-browser" */
export async function loadChromium(): Promise<BrowserType> {
  try {
    const { chromium } = await import("playwright");
    return chromium;
  } catch (error) {
    throw new HeadlessError(
      "no-browser",
      "Opening a page from the command line takes the package playwright, which is not installed: npm install playwright",
      { cause: error },
    );
  }
}
