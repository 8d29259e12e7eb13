import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";

export type BrowserName = "chromium" | "firefox";

/**
 * Branded Chrome is not among the names: from version 137 it ignores `--load-extension`. Nor is Playwright's
 * Firefox: it cannot install extensions.
 */
const KNOWN: Readonly<Record<BrowserName, { variable: string; names: string[]; places: string[] }>> = {
  chromium: {
    variable: "CHROMIUM",
    names: ["chromium", "chromium-browser"],
    places: ["/Applications/Chromium.app/Contents/MacOS/Chromium"],
  },
  firefox: {
    variable: "FIREFOX",
    names: ["firefox-esr", "firefox"],
    places: [
      "/Applications/Firefox.app/Contents/MacOS/firefox",
      "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
    ],
  },
};

/**
 * The executable named by $CHROMIUM or $FIREFOX, else one on PATH or in its usual place, else Playwright's own
 * Chromium. Undefined when there is none.
 *
 * @throws Error when the variable names a file that is not there: running another browser than the one asked
 * for would be worse than none.
 */
export function findBrowser(name: BrowserName): string | undefined {
  const { variable, names, places } = KNOWN[name];
  const asked = process.env[variable];
  if (asked) {
    if (!existsSync(asked)) throw new Error(`$${variable} names ${asked}, which does not exist`);
    return asked;
  }
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((file) => join(folder, file)));
  const found = [...onPath, ...places].find((path) => existsSync(path) && starts(path));
  return found ?? (name === "chromium" ? playwrightsOwn() : undefined);
}

/** Some systems put a script there that only tells how to install the browser. */
function starts(path: string): boolean {
  return spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function playwrightsOwn(): string | undefined {
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}
