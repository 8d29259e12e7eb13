import { expect, test } from "vitest";
import { freePort } from "../../servers/free-ports.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

const port = await freePort();
const HOST = `127.0.0.1:${port}`;

const config = (drafts?: object): string =>
  JSON.stringify({
    connections: { near: { backend: "sqlite", file: "near.db" } },
    ...(drafts === undefined ? {} : { drafts }),
  });

const ALLOWED = {
  hosts: [HOST],
  secrets: { "rows-password": { env: "DRIFTSCOPE_NO_SUCH_SECRET", hosts: [HOST] } },
};

/** What browsers log by themselves while nothing listens where the bridge was. */
const BRIDGE_GONE = /WebSocket connection|can.t establish a connection|was interrupted/;

/** What the dialog that drafts connections says and does. */
export function draftingConnections(name: BrowserName): void {
  const bed = useBed(name, { "driftscope.config.json": config(ALLOWED) });

  async function openPanel(): Promise<DriftscopePanel> {
    const { panel } = await bed.openPage([{ id: 1 }]);
    await bed.pair(panel);
    await panel.openBridgeDialog();
    return panel;
  }

  test("what is wrong is said beside its field, a closed port by the test", async () => {
    const panel = await openPanel();
    await panel.startDraft("cassandra");
    await panel.testDraft();
    await expect
      .poll(() => panel.draftProblems())
      .toEqual({
        name: expect.stringMatching(/^Expected 1 to 63 letters/),
        contactPoints: "Expected at least one host.",
        keyspace: "Expected the name of a keyspace.",
      });
    await panel.fillDraft({ name: "wide", contactPoints: "cassandra.example", keyspace: "app" });
    await expect
      .poll(() => panel.draftProblems())
      .toEqual({
        contactPoints: expect.stringContaining("connect to cassandra.example:9042. Add it to “drafts.hosts”"),
      });
    await expect
      .poll(() => panel.driver.text('[data-testid="no-secrets"]'))
      .toContain('"secrets":{"my-password":{"env":"MY_PASSWORD","hosts":["cassandra.example:9042"]}}');
    await panel.fillDraft({ contactPoints: HOST });
    await expect.poll(() => panel.draftProblems()).toEqual({});
    await expect.poll(() => panel.draftSecrets("password")).toEqual(["rows-password"]);
    await panel.testDraft();
    expect(await panel.draftFindings()).toMatch(/^server, wrong: .*nothing listens there/);
    // What was found is about what was tested.
    await panel.fillDraft({ keyspace: "other" });
    await expect.poll(() => panel.driver.count('[data-testid="draft-findings"] .finding')).toBe(0);
    await panel.driver.press("Escape");
    await panel.driver.press("Escape");
  });

  test("a draft is saved, listed as one, copied as configuration, edited and removed", async () => {
    const panel = await openPanel();
    await panel.startDraft("hbase");
    await panel.fillDraft({ name: "rows", url: `http://${HOST}/base`, username: "me" });
    await panel.chooseDraftSecret("password", "rows-password");
    await panel.keepDraft();
    await expect.poll(() => panel.driver.text("dialog")).toContain("hbase, draft, read-only");
    expect(await panel.testConnection("rows")).toContain("DRIFTSCOPE_NO_SUCH_SECRET");
    expect(JSON.parse(await panel.copyDraft("rows"))).toEqual({
      connections: {
        rows: {
          backend: "hbase",
          url: `http://${HOST}/base`,
          table: "driftscope",
          requestTimeoutMs: 20_000,
          credentials: { username: "me", password: { env: "DRIFTSCOPE_NO_SUCH_SECRET" } },
          level: "read-only",
        },
      },
    });
    await panel.driver.click({ role: "button", name: "Edit rows" });
    await expect.poll(() => panel.draftText("url")).toBe(`http://${HOST}/base`);
    await expect.poll(() => panel.draftText("password")).toBe("rows-password");
    await panel.fillDraft({ table: "app:other" });
    await panel.keepDraft();
    expect(JSON.parse(await panel.copyDraft("rows"))).toMatchObject({
      connections: { rows: { table: "app:other" } },
    });
    await panel.driver.click({ role: "button", name: "Remove rows" });
    await panel.driver.waitFor({ role: "button", name: "Test rows" }, { state: "hidden" });
    await panel.driver.press("Escape");
  });

  test("nothing can be drafted where the config file does not allow it, which says what to add", async () => {
    bed.expectErrors(BRIDGE_GONE);
    const panel = await openPanel();
    await panel.startDraft("ignite");
    await panel.fillDraft({ name: "grid", url: `http://${HOST}` });
    await panel.keepDraft();
    await panel.driver.press("Escape");
    await bed.reconfigureBridge({ "driftscope.config.json": config() });
    await panel.waitForBridge("ready");
    await panel.openBridgeDialog();
    await panel.driver.waitFor("dialog", { text: "ignite, draft, not served" });
    await expect.poll(() => panel.driver.text("dialog")).toContain('add "drafts": {"hosts":');
    await panel.driver.click('[data-testid="draft-connection"]');
    await expect
      .poll(() => panel.driver.text('[data-testid="drafts-not-allowed"]'))
      .toContain('"drafts": {"hosts": ["db.example:9042"]}');
    await panel.driver.press("Escape");
    await panel.driver.click({ role: "button", name: "Remove grid" });
    await panel.driver.waitFor({ role: "button", name: "Remove grid" }, { state: "hidden" });
  });
}
