import type { BrowserContext, Frame, Page } from "playwright";
import type { LaunchOptions } from "../panel/panel-driver.ts";

export interface DevTools {
  /** DevTools' own document. */
  readonly window: Page;
  /** The panel's document in it. */
  readonly frame: Frame;
  /** Brings the panel to the front: DevTools shows another one by itself when the page is paused. */
  showPanel(): Promise<void>;
}

/** What DevTools' front end keeps in its globals. */
interface FrontEnd {
  readonly UI?: { readonly panels?: Readonly<Record<string, unknown>> };
  readonly InspectorFrontendAPI: { showPanel(id: string): void };
}

/**
 * Opens DevTools on a tab and shows the extension's panel. By command, since `--auto-open-devtools-for-tabs`
 * races with the tab's first navigation.
 */
export async function openDevTools(
  context: BrowserContext,
  tab: Page,
  { panelTitle, panelPage }: Pick<LaunchOptions, "panelTitle" | "panelPage">,
): Promise<DevTools> {
  const window = await openDevToolsWindow(context, tab);
  const panel = await window.waitForFunction((title) => {
    const ids = Object.keys((globalThis as unknown as FrontEnd).UI?.panels ?? {});
    return ids.find((id) => id.startsWith("chrome-extension:") && id.endsWith(title));
  }, panelTitle);
  const id = await panel.jsonValue();
  if (id === undefined) throw new Error(`DevTools has no panel ${panelTitle}`);
  const attached = panelFrame(window, panelPage);
  await showPanel(window, id);
  const frame = await attached;
  await frame.waitForLoadState();
  return { window, frame, showPanel: () => showPanel(window, id) };
}

function showPanel(window: Page, id: string): Promise<void> {
  return window.evaluate((id) => (globalThis as unknown as FrontEnd).InspectorFrontendAPI.showPanel(id), id);
}

/** DevTools on a tab, with whichever panel it shows first: none of an extension. */
export async function openDevToolsWindow(context: BrowserContext, tab: Page): Promise<Page> {
  const browser = context.browser();
  if (!browser) throw new Error("the browser has gone");
  const tabSession = await context.newCDPSession(tab);
  const { targetInfo } = await tabSession.send("Target.getTargetInfo");
  await tabSession.detach();
  const browserSession = await browser.newBrowserCDPSession();
  const opened = context.waitForEvent("page", {
    // Undocked DevTools has a second document, for the device mode.
    predicate: (page) => page.url().startsWith("devtools://devtools/bundled/devtools_app.html"),
  });
  await sendUntyped(browserSession, "Target.openDevTools", { targetId: targetInfo.targetId });
  await browserSession.detach();
  return opened;
}

/** For commands that the protocol's published types do not have yet. */
function sendUntyped(session: object, method: string, params: object): Promise<unknown> {
  return (session as { send(method: string, params: object): Promise<unknown> }).send(method, params);
}

async function panelFrame(window: Page, panelPage: string): Promise<Frame> {
  const isPanel = (frame: Frame) => frame.url().split(/[?#]/)[0]?.endsWith(panelPage) ?? false;
  return (
    window.frames().find(isPanel) ??
    window.waitForEvent("framenavigated", { predicate: isPanel, timeout: 60_000 })
  );
}
