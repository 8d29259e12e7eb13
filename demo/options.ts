import { parseArgs } from "node:util";
import type { BrowserName } from "../test/support/browsers/find-browser.ts";
import { DEMO_BACKENDS, type DemoBackend } from "./backends.ts";

export interface Options {
  /** Absent = an SQLite file. */
  readonly backend?: DemoBackend;
  readonly browser: BrowserName;
  readonly headless: boolean;
}

/** @throws Error that names an option or a backend it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      backend: { type: "string" },
      firefox: { type: "boolean", default: false },
      headless: { type: "boolean", default: false },
    },
  });
  const backend = DEMO_BACKENDS.find((name) => name === values.backend);
  if (backend === undefined && values.backend !== undefined && values.backend !== "sqlite") {
    const names = ["sqlite", ...DEMO_BACKENDS].join(", ");
    throw new Error(`There is no backend "${values.backend}" for the demo: there are ${names}.`);
  }
  return {
    ...(backend === undefined ? {} : { backend }),
    browser: values.firefox ? "firefox" : "chromium",
    headless: values.headless || !hasDisplay(),
  };
}

function hasDisplay(): boolean {
  if (process.platform !== "linux") return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
