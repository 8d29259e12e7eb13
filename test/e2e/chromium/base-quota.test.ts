import { fileURLToPath } from "node:url";
import { type Browser, type CDPSession, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBrowser } from "../../support/browsers/find-browser.ts";
import { type BlankPage, serveBlankPage } from "../../support/page/blank-page.ts";
import { bundleScript } from "../../support/page/bundle-script.ts";

let browser: Browser;
let served: BlankPage;
let page: Page;
let cdp: CDPSession;
beforeAll(async () => {
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error("no Chromium found");
  browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  served = await serveBlankPage({ strict: false });
  page = await browser.newPage();
  await page.goto(served.url);
  const script = fileURLToPath(new URL("../../support/base-page/page.ts", import.meta.url));
  await page.addScriptTag({ content: await bundleScript(script) });
  cdp = await page.context().newCDPSession(page);
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

const allow = (megabytes: number) =>
  cdp.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(served.url).origin,
    quotaSize: megabytes * 1024 * 1024,
  });
const fill = (windows: number) => page.evaluate((count) => globalThis.fillBase(count), windows);

test("when the browser's own quota is reached, bodies go and every entry stays", async () => {
  await allow(12);
  const filled = await fill(24);
  expect(filled).toMatchObject({ windows: 24, entries: 24 * 4000 });
  expect(filled.refused).toBeUndefined();
  // Without the quota all 24 windows' bodies, about 20 MB, would be there.
  expect(filled.bodyBytes).toBeLessThan(12 * 1024 * 1024);
});

test("when even that is not enough it is told, and what was written is whole windows", async () => {
  await allow(2);
  const filled = await fill(40);
  expect(filled.refused).toBe("storage-full");
  expect(filled.windows).toBeLessThan(40);
  expect(filled.entries).toBe(filled.windows * 4000);
});
