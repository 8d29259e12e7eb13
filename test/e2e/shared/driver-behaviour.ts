import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBrowser } from "../../support/browsers/ensure-browser.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { type BlankPage, serveBlankPage } from "../../support/page/blank-page.ts";
import { launchWith } from "../../support/panel/launch-browser.ts";
import type { BrowserDriver, PanelDriver } from "../../support/panel/panel-driver.ts";
import { repositoryRoot } from "../../support/repository.ts";

/** What every behaviour relies on: the driver does in both browsers what its interface says. */
export function driverBehaviour(name: BrowserName): void {
  let server: BlankPage;
  let browser: BrowserDriver;
  let panel: PanelDriver;

  beforeAll(async () => {
    server = await serveBlankPage();
    browser = await launchWith(name, {
      executable: ensureBrowser(name),
      extension: join(repositoryRoot, "test/support/panel/fixture-extension"),
      panelTitle: "Fixture",
      panelPage: "/fixture-panel.html",
      headless: true,
    });
    panel = await browser.inspect(server.url);
  });

  afterAll(async () => {
    await browser?.close();
    await server.close();
  });

  test("clicks by role and name, waits for what is disabled, fills, reads", async () => {
    await panel.fill("#name", "Zoë");
    await panel.click({ role: "button", name: "Greet" });
    await panel.click("#later");
    await panel.waitFor("#result", { text: "later" });
    expect(await panel.attribute("#later", "type")).toBe("button");
    await panel.fill({ role: "textbox", name: "Name" }, "");
    await panel.click("#greet");
    expect(await panel.text("#result")).toBe("Hello");
  });

  test("counts only what is visible, and refuses to guess among several", async () => {
    expect(await panel.count("button")).toBe(4);
    expect(await panel.count("#gone")).toBe(0);
    await panel.waitFor("#gone", { state: "hidden" });
    await panel.evaluate(() => {
      const added = [1, 2].map(() => document.body.appendChild(document.createElement("mark")));
      for (const [i, mark] of added.entries()) {
        mark.textContent = "seen";
        setTimeout(() => mark.remove(), 100 * (i + 1));
      }
    });
    await panel.waitFor("mark", { state: "hidden" });
    expect(await panel.count("mark")).toBe(0);
    await expect(panel.click("button", { timeout: 500 })).rejects.toThrow();
    await expect(panel.waitFor("#gone", { timeout: 300 })).rejects.toThrow("#gone");
  });

  test("sends keys to what has the focus", async () => {
    await panel.click("#name");
    await panel.press("Tab");
    await panel.press("Enter");
    await panel.waitFor("#result", { text: "Hello" });
    await panel.press("Escape");
    await panel.press("Control+f");
    await panel.waitFor("#keys", { text: "Escape" });
    await panel.waitFor("#keys", { text: "Control+f" });
  });

  test("evaluates in the panel and in the page", async () => {
    expect(await panel.evaluate(async (a: number, b: number) => a + b, 2, 3)).toBe(5);
    expect(await panel.page.evaluate((text: string) => document.title + text, "!")).toBe("Page under test!");
    await expect(
      panel.page.evaluate(() => {
        throw new Error("from the page");
      }),
    ).rejects.toThrow("from the page");
  });

  test("sizes and themes the panel", async () => {
    for (const [width, height] of [
      [554, 466],
      [1200, 700],
    ] as const) {
      await panel.setSize(width, height);
      expect(await panel.evaluate(() => [innerWidth, innerHeight])).toEqual([width, height]);
    }
    for (const theme of ["dark", "light"] as const) {
      await panel.setTheme(theme);
      await panel.waitFor("#theme", { text: theme });
    }
  });

  test("finds what axe finds", async () => {
    expect(await panel.axe()).toEqual([]);
    await panel.evaluate(() => document.querySelector("#name")?.closest("label")?.firstChild?.remove());
    expect((await panel.axe()).map(({ id }) => id)).toEqual(["label"]);
    expect(await panel.axe("colors")).toEqual([]);
    await panel.evaluate(() => {
      document.body.style.cssText = "color: #777; background: #888";
    });
    expect((await panel.axe("colors")).map(({ id }) => id)).toEqual(["color-contrast"]);
  });

  test("the panel stays while the page reloads, navigates and comes back", async () => {
    await panel.page.reload();
    await panel.page.navigate(server.url.replace("127.0.0.1", "localhost"));
    await panel.click("#ask");
    await panel.waitFor("#result", { text: "Page under test" });
    await panel.page.navigate(server.url);
    await panel.page.waitFor("h1", { text: "Page under test" });
  });

  test("collects the panel's errors and nobody else's", async () => {
    await panel.page.evaluate(() => console.error("page complains"));
    await panel.click("#fail");
    await expect.poll(async () => (await panel.errors()).length).toBe(2);
    const errors = await panel.errors();
    expect(errors[0]).toBe("panel complains");
    expect(errors[1]).toMatch("panel threw");
  });

  test("two tabs have a panel each, and DevTools can be closed and opened again", async () => {
    const other = await browser.inspect(server.url);
    await other.page.evaluate(() => {
      document.title = "Other";
    });
    await other.click("#ask");
    await panel.click("#ask");
    await other.waitFor("#result", { text: "Other" });
    await panel.waitFor("#result", { text: "Page under test" });
    await other.closeDevTools();
    await other.openDevTools();
    await other.waitFor("#result", { text: "–" });
    await other.page.close();
    await panel.click("#greet");
    await panel.waitFor("#result", { text: "Hello" });
  });
}
