/**
 * Scripts that run in Firefox's own window (Marionette's chrome context). They are text, since nothing of this
 * project can be seen there. `args` are their JSON arguments; the first is the id of the tab.
 */

/** The id of the tab shown: the one argument that the other scripts start with. Runs without the prelude. */
export const SELECTED_TAB = `
  const win = Services.wm.getMostRecentWindow("navigator:browser");
  return String(win.gBrowser.selectedTab.linkedBrowser.browserId);`;

/** At hand in every script below. */
const PRELUDE = `
  const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const { gDevTools } = require("devtools/client/framework/devtools");
  const windows = [...Services.wm.getEnumerator("navigator:browser")];
  const tabs = windows.flatMap((window) => [...window.gBrowser.tabs]);
  const tab = tabs.find((tab) => String(tab.linkedBrowser.browserId) === args[0]);
  if (!tab) throw new Error("the tab is closed");
  const win = tab.ownerDocument.defaultView;
  const until = async (ask, what) => {
    for (let i = 0; i < 600; i++) {
      const answer = await ask();
      if (answer) return answer;
      await new Promise((resolve) => win.setTimeout(resolve, 25));
    }
    throw new Error("never: " + what);
  };
  const toolbox = gDevTools.getToolboxForTab(tab);
  const panelBrowser = (page) => {
    for (const iframe of gDevTools.getToolboxForTab(tab)?.win.document.querySelectorAll("iframe") ?? []) {
      const browser = iframe.contentDocument?.getElementById("webext-panels-browser");
      if (browser?.currentURI.filePath.endsWith(page)) return browser;
    }
  };
`;

/** Wraps a script for WebDriver:ExecuteAsyncScript. */
export function asAsyncScript(script: string): string {
  return `
    const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);
    (async () => { ${PRELUDE} ${script} })().then(
      (value) => done({ value }),
      (error) => done({ error: error + "\\n" + error.stack }));`;
}

/** args: tab, panel's title, end of the panel's address. */
export const OPEN_PANEL = `
  const box = await gDevTools.showToolboxForTab(tab, { hostType: "window" });
  box.topWindow.resizeTo(1280, 860);
  const tool = await until(() => box.getAdditionalTools().find((tool) =>
    tool.id.startsWith("webext-devtools-panel-") && tool.label === args[1]), "the panel " + args[1]);
  await box.selectTool(tool.id);
  const browser = await until(() => panelBrowser(args[2]), "the document " + args[2]);
  await until(() => !browser.webProgress?.isLoadingDocument, "loaded");`;

/** Pauses at the next statement of the page, which a timer runs. args: tab, panel's title. */
export const PAUSE_PAGE = `
  const { threadFront } = toolbox.commands.targetCommand.targetFront;
  const paused = new Promise((resolve) => threadFront.once("paused", resolve));
  await toolbox.commands.scriptCommand.execute("setTimeout(() => { debugger; })");
  await paused;
  const tool = toolbox.getAdditionalTools().find((tool) =>
    tool.id.startsWith("webext-devtools-panel-") && tool.label === args[1]);
  // The debugger comes to the front by itself, when it has loaded.
  await until(() => toolbox.currentToolId === "jsdebugger", "the debugger in front");
  await toolbox.selectTool(tool.id);`;

/** args: tab */
export const RESUME_PAGE = "await toolbox.commands.targetCommand.targetFront.threadFront.resume();";

/** args: tab, end of the panel's address. */
export const RELOAD_PANEL = `
  const browser = panelBrowser(args[1]), before = browser.innerWindowID;
  browser.reload();
  await until(() => browser.innerWindowID !== before && !browser.webProgress?.isLoadingDocument, "loaded anew");`;

export const CLOSE_TOOLBOX = "await toolbox.destroy();";

/**
 * Points every further WebDriver command at the tab's page or at the panel.
 * args: tab, WebDriver session, "page" | "panel", end of the panel's address.
 */
export const POINT_AT = `
  const { getWebDriverSessionById } =
    ChromeUtils.importESModule("chrome://remote/content/shared/webdriver/Session.sys.mjs");
  const browser = args[2] === "panel" ? panelBrowser(args[3]) : tab.linkedBrowser;
  if (!browser) throw new Error("the panel is not open");
  if (args[2] === "page") win.gBrowser.selectedTab = tab;
  getWebDriverSessionById(args[1]).contentBrowsingContext = browser.browsingContext;
  // Without the focus Enter gives a keypress and no click.
  if (args[2] === "panel") browser.focus();`;

/** args: tab, end of the panel's address, width, height. */
export const SIZE_PANEL = `
  const browser = panelBrowser(args[1]), window = toolbox.topWindow;
  for (let i = 0; i < 40; i++) {
    const [dw, dh] = [args[2] - browser.clientWidth, args[3] - browser.clientHeight];
    if (!dw && !dh) return;
    window.resizeBy(dw, dh);
    await new Promise((resolve) => win.setTimeout(resolve, 50));
  }
  throw new Error("the panel is " + browser.clientWidth + "x" + browser.clientHeight);`;

/** A PNG in base64 of the toolbox's window. args: tab. */
export const CAPTURE_TOOLBOX = `
  const { capture } = ChromeUtils.importESModule("chrome://remote/content/shared/Capture.sys.mjs");
  const window = toolbox.topWindow;
  return capture.toBase64(
    await capture.canvas(window, window.browsingContext, 0, 0, window.innerWidth, window.innerHeight));`;

/** The panel's themeName and its prefers-color-scheme both follow this preference. args: tab, theme. */
export const SET_THEME = `Services.prefs.setStringPref("devtools.theme", args[1]);`;

/** Leaves an empty tab where it was the last: without a window there is no chrome context. args: tab. */
export const CLOSE_TAB = `
  if (tabs.length === 1) win.gBrowser.addTrustedTab("about:blank");
  win.gBrowser.removeTab(tab);`;

/**
 * Runs in the document in use, in Marionette's system sandbox: console.error calls and uncaught errors of that
 * document, also those before the call.
 */
export const ERRORS_OF_DOCUMENT = `
  const id = window.windowGlobalChild.innerWindowId;
  const logged = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage).getEvents(id)
    .filter((event) => event.level === "error").map((event) => event.arguments.map(String).join(" "));
  const thrown = Services.console.getMessageArray().filter((message) =>
    message instanceof Ci.nsIScriptError && message.innerWindowID === id && !(message.flags & message.warningFlag))
    .map((message) => message.errorMessage);
  return [...logged, ...thrown];`;
