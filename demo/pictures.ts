/** `npm run pictures`: the README's pictures, of the demo in both browsers' real DevTools, into docs/pictures. */
import { join } from "node:path";
import type { BrowserName } from "../test/support/browsers/find-browser.ts";
import { repositoryRoot } from "../test/support/repository.ts";
import { Demo } from "./demo.ts";

/** A record that the page alone changed, and one whose conflict is one field of several. */
const CHANGED = "pulp-fiction-1994";
const CONFLICT = "memento-2001";
const WIDTH = 1100;
const HEIGHT = 700;

async function takePictures(browser: BrowserName): Promise<void> {
  const folder = join(repositoryRoot, ".driftscope", `pictures-${browser}`);
  const demo = await Demo.start({ browser, headless: true, folder });
  try {
    await demo.driftApart();
    const { panel } = demo;
    const { driver } = panel;
    const take = (name: string) =>
      driver.screenshot(join(repositoryRoot, "docs/pictures", `${browser}-${name}.png`), "panel");
    await driver.setSize(WIDTH, HEIGHT);
    await driver.setTheme("light");
    await panel.watchWrites();
    await take("sync");
    await driver.setTheme("dark");
    await panel.openDrift(CHANGED);
    await take("sync-dark");
    await driver.setTheme("light");
    await panel.openTab("Data");
    await take("data");
    await panel.openTab("Sync");
    await panel.openThreeWay(CONFLICT);
    await panel.takeField("ratings.imdb.votes", "remote");
    await take("conflict");
  } finally {
    await demo.close();
  }
}

for (const browser of ["chromium", "firefox"] as const) await takePictures(browser);
