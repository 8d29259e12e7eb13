import { expect, test } from "vitest";
import { createPanel } from "../../../extension/panel/stores/panel.ts";
import type { StoreRef } from "../../../extension/panel/worker/api.ts";
import { type FakeOptions, FakeWorker } from "../../support/panel/fake-worker/fake-worker.ts";

const store = (name: string): StoreRef => ({ frame: [], bucket: "", database: "shop", store: name });

const OPTIONS: FakeOptions = {
  rows: 10,
  drifts: 0,
  page: "ready",
  bridge: "ready",
  mapped: true,
  partial: false,
  stopped: "no",
  emptied: false,
  moving: false,
  inSync: false,
  failCompare: false,
  away: false,
  keep: "inSync",
  tells: false,
  surprises: 0,
  drafts: "allowed",
  slow: 0,
};

function panelWithPlan() {
  const panel = createPanel(new FakeWorker(OPTIONS));
  panel.page.choose(store("orders"));
  panel.ui.syncScreen.value = "plan";
  return panel;
}

test("another store chosen: its list shows, not the plan of the one before", () => {
  const panel = panelWithPlan();
  panel.page.choose(store("orders"));
  expect(panel.ui.syncScreen.value).toBe("plan");
  panel.page.choose(store("customers"));
  expect(panel.ui.syncScreen.value).toBe("list");
});

test("an apply that runs stays in sight", () => {
  const panel = panelWithPlan();
  panel.plan.phase.value = "applying";
  panel.page.choose(store("customers"));
  expect(panel.ui.syncScreen.value).toBe("plan");
});
