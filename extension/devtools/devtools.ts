/** Registers the panel. Runs once for each DevTools window. */

// Chromium resolves paths against the extension's root, Firefox against this page: a leading slash suits both.
chrome.devtools.panels.create("Driftscope", "/extension/icons/32.png", "/extension/panel/panel.html");
