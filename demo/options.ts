import { parseArgs } from "node:util";
import type { BrowserName } from "../test/support/browsers/find-browser.ts";

export interface Options {
  readonly browser: BrowserName;
  readonly headless: boolean;
}

/** @throws Error that names an option it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      firefox: { type: "boolean", default: false },
      headless: { type: "boolean", default: false },
    },
  });
  return {
    browser: values.firefox ? "firefox" : "chromium",
    headless: values.headless || !hasDisplay(),
  };
}

function hasDisplay(): boolean {
  if (process.platform !== "linux") return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
