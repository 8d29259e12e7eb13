/** The extension's origin in Chromium: its id follows from the fixed `key` in manifest.json (decision 33). */
export const CHROMIUM_ORIGIN = "chrome-extension://pjffapkaijkncmbeieljjbnbbfgkapmb";

/** Firefox gives each profile its own: remembered when it pairs. */
export const FIREFOX_ORIGIN = /^moz-extension:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Of the command line when it joins a bridge that runs: no page and no extension can come from such an origin. */
export const COMMAND_LINE_ORIGIN = "driftscope://command-line";
