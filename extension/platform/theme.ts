/** The theme of DevTools, which each browser tells in its own way. */

export type Theme = "light" | "dark";

/** Chromium says "default", Firefox "light". */
const toTheme = (name: string): Theme => (name === "dark" ? "dark" : "light");

/** Firefox's part of the interface, which Chromium's types do not have. */
interface FirefoxPanels {
  readonly onThemeChanged: { addListener(listener: (name: string) => void): void };
}

/** Calls the listener with the theme at once and whenever it changes. */
export function watchTheme(listener: (theme: Theme) => void): void {
  const panels = chrome.devtools.panels as typeof chrome.devtools.panels & Partial<FirefoxPanels>;
  const changed = (name: string): void => listener(toTheme(name));
  changed(panels.themeName);
  if (panels.onThemeChanged) panels.onThemeChanged.addListener(changed);
  else panels.setThemeChangeHandler(changed);
}
