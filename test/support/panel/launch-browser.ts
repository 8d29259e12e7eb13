import { join } from "node:path";
import { ensureBrowser } from "../browsers/ensure-browser.ts";
import type { BrowserName } from "../browsers/find-browser.ts";
import { ChromiumBrowser } from "../chromium/chromium-browser.ts";
import { FirefoxBrowser } from "../firefox/firefox-browser.ts";
import { repositoryRoot } from "../repository.ts";
import type { BrowserDriver, LaunchOptions } from "./panel-driver.ts";

/** Starts a browser with Driftscope as it was built last, installing the browser where it is missing. */
export function launchBrowser(
  name: BrowserName,
  options: Pick<LaunchOptions, "profile"> & { readonly headless?: boolean } = {},
): Promise<BrowserDriver> {
  return launchWith(name, {
    executable: ensureBrowser(name),
    extension: join(repositoryRoot, "dist", name),
    panelTitle: "Driftscope",
    panelPage: "/extension/panel/panel.html",
    headless: options.headless ?? true,
    profile: options.profile,
  });
}

export function launchWith(name: BrowserName, options: LaunchOptions): Promise<BrowserDriver> {
  return name === "chromium" ? ChromiumBrowser.launch(options) : FirefoxBrowser.launch(options);
}
