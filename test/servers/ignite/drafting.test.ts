import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import { type Bed, create, initOf, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { useBed } from "../../e2e/shared/bed/bed.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

const prefix = freshPrefix();
const host = new URL(inject("ignite")).host;
const near = { backend: "sqlite", file: "near.db" };
const drafts = { hosts: [host] };

/** From a server that only a draft names to one that is written to. */
const bed = useBed("chromium", {
  "driftscope.config.json": JSON.stringify({ connections: { near }, drafts }),
});

let remote: Bed;
beforeAll(async () => {
  remote = directBed(await freshBackend({ prefix }));
});
afterAll(() => remote.dispose());

/** What browsers log by themselves while nothing listens where the bridge was. */
const BRIDGE_GONE = /WebSocket connection|can.t establish a connection|was interrupted/;

const RECORDS = [1, 2, 3].map((id) => ({ id, title: `record ${id}` }));

test("a draft is tested, read and compared, and not written; copied into the config file it is", async () => {
  bed.expectErrors(BRIDGE_GONE);
  const { panel, local } = await bed.openPage(RECORDS);
  const collection = `${local.database}.notes`;
  const store = await remote.store(collection);
  await store.init(initOf(collection, projectionIdOf({})));
  for (const record of RECORDS) tokenOf(await writeOne(store, create(record.id, record)));

  await bed.pair(panel);
  await panel.openBridgeDialog();
  await panel.startDraft("ignite");
  await panel.fillDraft({ name: "grid", url: inject("ignite"), prefix });
  await panel.testDraft();
  const findings = await panel.draftFindings();
  expect(findings).toMatch(/^server: Ignite 2\./);
  expect(findings).toContain("writing: is allowed");
  await panel.keepDraft();
  await expect.poll(() => panel.driver.text("dialog")).toContain(collection);
  const configuration = JSON.parse(await panel.copyDraft("grid"));
  await panel.driver.press("Escape");

  await panel.openTab("Sync");
  await panel.driver.click('input[name="connection"][value="grid"]');
  await panel.createMapping();
  expect(await panel.compare()).toEqual({ equal: 3 });
  await local.put([{ id: 2, title: "of the page" }]);
  expect(await panel.compare()).toEqual({ equal: 2, changedHere: 1 });
  await panel.preview();
  await expect.poll(() => panel.driver.attribute('[data-testid="apply"]', "aria-disabled")).toBe("true");

  const grid = { ...configuration.connections.grid, level: "confirm" };
  await bed.reconfigureBridge({
    "driftscope.config.json": JSON.stringify({ connections: { near, grid }, drafts }),
  });
  await panel.waitForBridge("ready");
  await panel.driver.waitFor('[data-testid="apply"]:not([aria-disabled])');
  expect(await panel.apply()).toEqual({ applied: 1 });
  expect(await panel.compare()).toEqual({ equal: 3 });
});

test("a draft makes no collection, which says why", async () => {
  const { panel } = await bed.openPage([{ id: 1 }]);
  await bed.pair(panel);
  await panel.openBridgeDialog();
  await panel.startDraft("ignite");
  await panel.fillDraft({ name: "empty", url: inject("ignite"), prefix });
  await panel.keepDraft();
  await panel.driver.press("Escape");
  await panel.openTab("Sync");
  await panel.driver.click('input[name="connection"][value="empty"]');
  await panel.driver.click('[data-testid="create-mapping"]');
  await panel.driver.waitFor('.field-problem[role="alert"]', { text: 'The connection "empty" is a draft' });
});
