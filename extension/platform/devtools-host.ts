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
  storageGet: async (key) => {
    const kept = isPrivate() ? await browser.storage.session.get(key) : {};
    return kept[key] ?? (await browser.storage.local.get(key))[key];
  },
  storageSet: (key, value) =>
    (isPrivate() ? browser.storage.session : browser.storage.local).set({ [key]: value }),
  persistStorage: () => navigator.storage.persist(),
  isPrivate: async () => isPrivate(),
  onNavigated: (listener) => chrome.devtools.network.onNavigated.addListener((url) => listener(url)),
};

/**
 * A private window of Chromium has a copy of the extension of its own ("split"): its IndexedDB is in memory, but
 * storage.local would be the one of all windows. What is written there goes with the window.
 */
function isPrivate(): boolean {
  return browser.extension?.inIncognitoContext ?? false;
}
