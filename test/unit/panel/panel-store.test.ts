import { expect, test, vi } from "vitest";
import { createPanel } from "../../../extension/panel/stores/panel.ts";
import type { MappingInfo, StoreRef } from "../../../extension/panel/worker/api.ts";
import { type FakeOptions, FakeWorker } from "../../support/panel/fake-worker/fake-worker.ts";

/** Longer than a busy machine takes. */
const SOON = { timeout: 30_000 };

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

const VISITS: StoreRef = { frame: [], bucket: "", database: "field-notes", store: "visits" };

/** A panel on `visits`, whose worker answers one kind of call only when it is told to. */
function panelThatWaits(name: "record" | "drift") {
  const worker = new FakeWorker({ ...OPTIONS, drifts: 20 });
  const held = vi.fn<() => void>();
  let answer = () => {};
  const released = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const call: (...args: never[]) => Promise<unknown> = worker.api[name];
  Object.assign(worker.api, {
    [name]: async (...args: never[]) => {
      held();
      const result = await call(...args);
      await released;
      return result;
    },
  });
  const rows = worker.api.rows;
  worker.api.rows = async (request) =>
    request.ref.store === "empty" ? { rows: [], total: 0 } : rows(request);
  const panel = createPanel(worker);
  const choose = (chosen: string) => panel.page.choose({ ...VISITS, store: chosen });
  panel.page.choose(VISITS);
  return { panel, choose, answer, isHeld: () => vi.waitFor(() => expect(held).toHaveBeenCalled(), SOON) };
}

test("a record that arrives when another store was chosen is not shown", async () => {
  const { panel, choose, answer, isHeld } = panelThatWaits("record");
  await isHeld();
  choose("empty");
  answer();
  await vi.waitFor(() => expect(panel.records.loaded.value).toBe(true), SOON);
  await new Promise(setImmediate);
  expect(panel.records.record.value).toEqual({ is: "none" });
});

test("a detail that arrives when another store was chosen is not shown", async () => {
  const { panel, choose, answer, isHeld } = panelThatWaits("drift");
  await panel.page.refresh();
  await panel.bridge.readMappings();
  void panel.sync.compare();
  await isHeld();
  choose("empty");
  answer();
  await new Promise(setImmediate);
  expect(panel.sync.detail.value).toEqual({ is: "none" });
});

test("a plan that is made when another store was chosen is not shown", async () => {
  const worker = new FakeWorker({ ...OPTIONS, drifts: 20 });
  const panel = createPanel(worker);
  panel.page.choose(VISITS);
  await panel.page.refresh();
  await panel.bridge.readMappings();
  await panel.sync.compare();
  const isMade = panel.plan.preview();
  panel.page.choose({ ...VISITS, store: "empty" });
  expect(await isMade).toBe(false);
  expect(panel.plan.plan.value).toBeUndefined();
});

test("of two lists of mappings the one asked for last counts", async () => {
  const worker = new FakeWorker(OPTIONS);
  const panel = createPanel(worker);
  const answers: ((list: readonly MappingInfo[]) => void)[] = [];
  const [known] = await worker.api.mappings();
  worker.api.mappings = () => new Promise((resolve) => answers.push(resolve));
  const before = panel.bridge.readMappings();
  const after = panel.bridge.readMappings();
  answers[1]?.(known === undefined ? [] : [known]);
  answers[0]?.([]);
  await Promise.all([before, after]);
  expect(panel.bridge.mappings.value).toEqual([known]);
});

test("coming back to the data shows the records as they are now", async () => {
  const worker = new FakeWorker(OPTIONS);
  const read = worker.api.rows;
  const panel = createPanel(worker);
  panel.page.choose(VISITS);
  await panel.page.refresh();
  await vi.waitFor(() => expect(panel.records.total.value).toBe(10), SOON);
  panel.ui.tab.value = "sync";
  await panel.records.moveTo(9, 0);
  worker.api.rows = async (request) => {
    const { rows } = await read(request);
    return { rows: rows.filter(({ index }) => index < 4), total: 4 };
  };
  panel.ui.tab.value = "data";
  await vi.waitFor(() => expect(panel.records.total.value).toBe(4), SOON);
  const isOnLast = () => expect(panel.records.record.value).toMatchObject({ is: "ready", row: { index: 3 } });
  await vi.waitFor(isOnLast, SOON);
  worker.api.rows = async () => ({ rows: [], total: 0 });
  panel.ui.tab.value = "sync";
  panel.ui.tab.value = "data";
  await vi.waitFor(() => expect(panel.records.record.value).toEqual({ is: "none" }), SOON);
});

test("a history that cannot be read is not one in which nothing was applied", async () => {
  const worker = new FakeWorker(OPTIONS);
  const read = worker.api.history;
  worker.api.history = () => Promise.reject(new Error("the base is damaged"));
  const { activity, bridge, page } = createPanel(worker);
  page.choose(VISITS);
  await page.refresh();
  await bridge.readMappings();
  await vi.waitFor(() => expect(activity.error.value?.message).toBe("the base is damaged"), SOON);
  expect(activity.history.value).toBeUndefined();
  worker.api.history = read;
  await activity.refresh();
  expect(activity.error.value).toBeUndefined();
  expect(activity.history.value).toEqual([]);
});
