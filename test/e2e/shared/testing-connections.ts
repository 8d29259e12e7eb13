import { expect, test } from "vitest";
import { freePort } from "../../servers/free-ports.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import { useBed } from "./bed/bed.ts";

const port = await freePort();

const CONFIG = {
  connections: {
    near: { backend: "sqlite", file: "near.db" },
    grid: { backend: "ignite", url: `http://127.0.0.1:${port}` },
    rows: {
      backend: "hbase",
      url: `http://127.0.0.1:${port}`,
      credentials: { username: "somebody", password: { env: "DRIFTSCOPE_NO_SUCH_SECRET" } },
    },
  },
};

/** What the dialog of the bridge says about each connection. */
export function testingConnections(name: BrowserName): void {
  const bed = useBed(name, { "driftscope.config.json": JSON.stringify(CONFIG) });

  test("Test says what is right, what is wrong, and what to do about it", async () => {
    const { panel } = await bed.openPage([{ id: 1 }]);
    if (!(await panel.knowsBridge())) await panel.pair(await bed.bridge.pairing());
    await panel.openBridgeDialog();
    // Before anything is tested, those that cannot be reached say so.
    await expect
      .poll(() => panel.driver.text("dialog"))
      .toMatch(/cannot be reached, wrong: Ignite at .* nothing listens there/);
    expect(await panel.testConnection("near")).toMatch(/^database: can be read/);
    expect(await panel.testConnection("grid")).toMatch(/^server, wrong: .*nothing listens there/);
    const rows = await panel.testConnection("rows");
    expect(rows).toContain("DRIFTSCOPE_NO_SUCH_SECRET");
    expect(rows).toMatch(/wrong: /);
  });
}
