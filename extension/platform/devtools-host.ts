/** The panel's host inside the DevTools of Chromium and Firefox. */
import browser from "webextension-polyfill";
import { evaluate } from "./evaluate.ts";
import { frameUrls } from "./frame-urls.ts";
import type { Host } from "./host.ts";
import { watchTheme } from "./theme.ts";

export const devtoolsHost: Host = {
  evaluate,
  frameUrls,
  watchTheme,
  storageGet: async (key) => (await browser.storage.local.get(key))[key],
  storageSet: (key, value) => browser.storage.local.set({ [key]: value }),
  persistStorage: () => navigator.storage.persist(),
  isPrivate: async () => browser.extension?.inIncognitoContext ?? false,
  onNavigated: (listener) => chrome.devtools.network.onNavigated.addListener((url) => listener(url)),
};
