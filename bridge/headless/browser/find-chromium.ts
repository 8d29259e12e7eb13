import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { BrowserType } from "playwright";
import { HeadlessError } from "../headless-error.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

const PLACES = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * The executable that was asked for, by option or $CHROMIUM; else Playwright's own; else one of this machine.
 *
 * @throws HeadlessError "no-browser"
 */
export function findChromium(chromium: BrowserType, asked: string | undefined): string {
  const named = asked ?? process.env.CHROMIUM;
  if (named) {
    // Another browser than the one asked for would be worse than none: profiles are not compatible downwards.
    if (existsSync(named)) return named;
    throw new HeadlessError(
      "no-browser",
      `There is no browser at ${named}, which --browser or $CHROMIUM names.`,
    );
  }
  const own = chromium.executablePath();
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = [own, ...onPath, ...PLACES].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new HeadlessError("no-browser", "No Chromium was found: npx playwright install chromium");
}
