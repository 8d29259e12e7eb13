/** The worker's parts with the real agent in a real page and the real bridge with SQLite behind it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import { CHROMIUM_ORIGIN } from "../../../core/protocol/extension-origin.ts";
import { noOutcomes } from "../../../core/session/outcomes.ts";
import { LocalDatabase } from "../../../extension/local/local-database.ts";
import type {
  CompareSummary,
  DriftRow,
  MappingInfo,
  StoreRef,
  WorkerEvents,
} from "../../../extension/panel/worker/api.ts";
import { createPanelWorker, type PanelWorker } from "../../../extension/panel/worker/panel-worker.ts";
import { toWorkerError } from "../../../extension/panel/worker/rpc.ts";
import { agentSource } from "../../support/agent/agent-source.ts";
import { ChromiumLab, type ChromiumLabPage } from "../../support/agent/chromium-lab.ts";
import { appBody } from "../../support/agent/lab-data.ts";
import { BridgeProcess } from "../../support/bridge/bridge-process.ts";
import { connectAsPanel } from "../../support/bridge/connect-as-panel.ts";
import { RemoteRecords } from "../../support/bridge/remote-records.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";

class PanelSocket extends WebSocket {
  constructor(url: string) {
    super(url, { origin: CHROMIUM_ORIGIN });
  }
}

let folder: string;
let bridge: BridgeProcess;
let lab: ChromiumLab;
let page: ChromiumLabPage;
let worker: PanelWorker;
/** Milliseconds that the panel's clock is ahead: what is kept for a second is then read anew. */
let ahead = 0;
let onEvent: (name: keyof WorkerEvents) => void = () => undefined;
const events: [string, unknown][] = [];
const storage = new Map<string, unknown>();
const indexedDB = new IDBFactory();
const locks = inProcessLocks();

/** A panel as DevTools would open it: another one sees the same storage. */
async function openPanel(): Promise<PanelWorker> {
  const source = await agentSource();
  return createPanelWorker({
    host: {
      evaluate: (code) => page.evaluate(code),
      frameUrls: async () => [],
      storageGet: async (key) => storage.get(key),
      storageSet: async (key, value) => void storage.set(key, structuredClone(value)),
      persistStorage: async () => true,
      isPrivate: async () => false,
    },
    emit: (name: keyof WorkerEvents, value: unknown) => {
      events.push([name, structuredClone(value)]);
      onEvent(name);
    },
    connectAgent: (evaluate) => AgentClient.connect(evaluate, { source }),
    WebSocket: PanelSocket as unknown as BridgeSocketConstructor,
    database: new LocalDatabase("driftscope", { indexedDB, IDBKeyRange }),
    locks,
    otherPanels: { tell: () => undefined, onTold: () => undefined },
    estimateStorage: async () => ({ usage: 1, quota: 2 }),
    clock: () => Date.now() + ahead,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "driftscope-worker-"));
  [bridge, lab] = await Promise.all([BridgeProcess.start({ folder }), ChromiumLab.start()]);
  page = await lab.open("plain");
  worker = await openPanel();
});

afterAll(async () => {
  await worker?.api.forgetBridge();
  await lab?.close();
  await bridge?.close();
  await rm(folder, { recursive: true, force: true });
});

const REF: StoreRef = { frame: [], bucket: "", database: "notes", store: "items" };

const inStore = (body: string): Promise<unknown> =>
  page.app(
    appBody(`
    const db = await openAt("notes", 1, (db) => { db.createObjectStore("items", { keyPath: "id" }).createIndex("status", "status"); });
    const tx = db.transaction("items", "readwrite"), items = tx.objectStore("items");
    ${body}
    await finished(tx);
    db.close();
    return true;`),
  );

const inPage = async (id: number): Promise<unknown> => {
  const { body } = await worker.api.record(REF, encodeKey(id));
  return body === undefined ? undefined : decodeValue(body);
};

async function rowsOf(mapping: MappingInfo): Promise<Record<string, DriftRow[]>> {
  const { rows } = await worker.api.drifts(mapping.id, {}, 0, 1000);
  const byKind: Record<string, DriftRow[]> = {};
  for (const row of rows) byKind[row.kind] = [...(byKind[row.kind] ?? []), row];
  return byKind;
}

const kindsOf = ({ counts }: CompareSummary): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

const rowOf = (rows: Record<string, DriftRow[]>, kind: string, key: unknown): DriftRow => {
  const hex = encodeKey(key).join();
  const row = rows[kind]?.find((candidate) => candidate.key.join() === hex);
  if (row === undefined) throw new Error(`no ${kind} of ${String(key)}: ${Object.keys(rows).join()}`);
  return row;
};

const indexOf = (rows: Record<string, DriftRow[]>, kind: string, key: unknown): number =>
  rowOf(rows, kind, key).index;

async function applied(applyId: string, confirmed: readonly string[] = []) {
  const dry = await worker.api.apply(applyId, { dryRun: true, confirmed: [] });
  const run = await worker.api.apply(applyId, { dryRun: false, confirmed });
  expect(dry.counts).toEqual(run.counts);
  return run;
}

test("from an unpaired panel to an empty second diff, with every kind of drift in between", async () => {
  const { api } = worker;
  await inStore(
    `for (let i = 0; i < 2500; i++) items.put({ id: i, status: i % 2 ? "open" : "done", at: new Date(i * 1000), tags: ["a", String(i)] });`,
  );
  await worker.start();
  expect(events).toContainEqual(["bridge", { is: "not-paired" }]);

  // Pairing: a wrong string changes nothing, the right one is kept.
  await expect(api.pair("driftscope:nonsense")).rejects.toMatchObject({ code: "bad-pairing-string" });
  const paired = await api.pair(await bridge.pairing());
  if (paired.is !== "ready") throw new Error(`not ready: ${JSON.stringify(paired)}`);
  const [connection] = paired.connections;
  if (connection === undefined) throw new Error("no connection");

  const tree = await api.refreshPage();
  expect(tree).toMatchObject({
    is: "ready",
    frames: [
      {
        path: [],
        buckets: [{ name: "", databases: [{ name: "notes", version: 1, stores: [{ name: "items" }] }] }],
      },
    ],
  });
  expect(await api.mappings()).toEqual([]);
  const mapping = await api.createMapping(REF, connection.name);
  expect(mapping).toMatchObject({ ref: REF, collection: "notes.items", backend: "sqlite" });
  expect(await api.mappings()).toEqual([mapping]);

  // First push: everything is only here, and nothing is guessed.
  const first = await api.compare(mapping.id);
  expect(kindsOf(first)).toEqual({ onlyHere: 2500 });
  expect((await api.preview(mapping.id)).operations).toBe(0);
  expect(await api.decideAll(mapping.id, {}, { do: "push" })).toBe(2500);
  const plan = await api.preview(mapping.id);
  expect(plan).toMatchObject({
    operations: 2500,
    counts: { remote: { create: 2500 } },
    localName: "items",
    remoteName: "notes.items",
  });
  expect(await applied(plan.applyId)).toMatchObject({ complete: true, counts: { applied: 2500 } });
  expect((await api.comparison(mapping.id))?.driftCount).toBe(0);
  const equal = await api.compare(mapping.id);
  expect(kindsOf(equal)).toEqual({ equal: 2500 });
  expect((await api.mappings())[0]?.baseAt).toBeGreaterThan(0);

  // Both sides change, in every way.
  await inStore(`
    items.put({ id: 1, status: "changed here" });
    items.put({ id: 2, status: "conflict here", at: new Date(2000), tags: ["a", "2"] });
    items.delete(3);
    items.put({ id: 5000, status: "added here" });
    items.put({ id: 8, status: "the same", n: 1 });
    items.delete(9);`);
  const other = await connectAsPanel(await bridge.pairing());
  await other.connections();
  const remote = new RemoteRecords(other.remoteStore(connection.name, mapping.collection));
  await remote.put(2, { id: 2, status: "conflict there", at: new Date(2000), tags: ["a", "2"] });
  await remote.put(4, { id: 4, status: "changed there" });
  await remote.delete(5);
  await remote.put(6000, { id: 6000, status: "added there" });
  await remote.put(8, { id: 8, status: "the same", n: 1 });
  await remote.put(9, { id: 9, status: "changed under a removal" });

  const drifted = await api.compare(mapping.id);
  expect(kindsOf(drifted)).toEqual({
    equal: 2493,
    changedHere: 1,
    conflict: 2,
    removedHere: 1,
    addedHere: 1,
    converged: 1,
    changedThere: 1,
    removedThere: 1,
    addedThere: 1,
  });
  const rows = await rowsOf(mapping);
  const conflict = indexOf(rows, "conflict", 2);
  const detail = await api.drift(mapping.id, conflict);
  expect(detail.refreshed).toBe(false);
  expect(decodeValue(detail.local.body ?? "")).toMatchObject({ status: "conflict here" });
  expect(decodeValue(detail.remote.body ?? "")).toMatchObject({ status: "conflict there" });
  const [summary] = await api.driftSummaries(mapping.id, [conflict]);
  expect(summary?.fields).toEqual([{ path: "status", from: '"conflict here"', to: '"conflict there"' }]);

  const merged = { id: 2, status: "merged", at: new Date(2000), tags: ["a", "2"] };
  await api.decide(mapping.id, [rowOf(rows, "conflict", 2)], {
    do: "merge",
    body: encodeValue(merged),
    digest: new Digester().digest(merged),
  });
  await api.decide(mapping.id, [rowOf(rows, "conflict", 9)], { do: "push" });
  const second = await api.preview(mapping.id);
  expect(second.counts).toEqual({
    local: { create: 1, replace: 2, delete: 1 },
    remote: { create: 1, replace: 2, delete: 2 },
  });
  expect(second.renewals).toBe(1);
  // Between preview and apply somebody changes a record: its operation must not apply.
  await remote.put(4, { id: 4, status: "changed there again" });
  const run = await api.apply(second.applyId, { dryRun: false, confirmed: [] });
  expect(run.counts).toMatchObject({ applied: 9, conflict: 1 });
  const refused = await api.planRows(second.applyId, { status: "conflict" }, 0, 10);
  expect(refused.rows.map((row) => row.key)).toEqual([encodeKey(4)]);
  expect(await api.planOutcomes(second.applyId)).toEqual({
    all: run.counts,
    local: { ...noOutcomes(), applied: 3, conflict: 1 },
    remote: { ...noOutcomes(), applied: 5 },
  });
  // The conflict is in the list with what is there now.
  const left = await rowsOf(mapping);
  expect(Object.keys(left)).toEqual(["changedThere"]);
  expect(await inPage(2)).toEqual(merged);
  expect(await remote.get(2)).toEqual(merged);
  expect(await inPage(5)).toBeUndefined();
  expect(await inPage(6000)).toEqual({ id: 6000, status: "added there" });

  // Undo takes back what applied, and the same drift shows again.
  const undo = await api.previewUndo(mapping.id, second.applyId);
  expect(undo).toMatchObject({ kind: "undo", undoes: second.applyId });
  expect(undo.undoUntil).toBeGreaterThan(Date.now());
  expect((await applied(undo.applyId)).complete).toBe(true);
  expect(kindsOf(await api.compare(mapping.id))).toMatchObject({
    changedHere: 1,
    conflict: 2,
    removedHere: 1,
    addedHere: 1,
    changedThere: 1,
    removedThere: 1,
    addedThere: 1,
  });
  expect(await inPage(2)).toMatchObject({ status: "conflict here" });
  expect(await remote.get(5)).toBeUndefined();

  // Everything one way, and the second diff is empty.
  await api.decideAll(mapping.id, {}, { do: "pull" });
  await applied((await api.preview(mapping.id)).applyId);
  const last = await api.compare(mapping.id);
  expect(last.driftCount).toBe(0);
  expect(last.complete).toBe(true);
  expect((await api.history(mapping.id)).length).toBe(4);
  other.close();
}, 600_000);

test("rows are found by position, in key and index order, also after rows came and went", async () => {
  const { api } = worker;
  const keysAt = async (offset: number, limit: number, index?: string) => {
    const answer = await api.rows({ ref: REF, offset, limit, ...(index === undefined ? {} : { index }) });
    expect(answer.rows.map((row) => row.index)).toEqual(answer.rows.map((_row, i) => offset + i));
    return { keys: answer.rows.map((row) => decodeKey(row.key)), total: answer.total };
  };
  await page.app(appBody(`await done(indexedDB.deleteDatabase("notes")); return true;`));
  await inStore(
    `for (let i = 0; i < 3500; i++) items.put({ id: i, status: i % 2 ? "open" : "done", text: i === 3 ? "x".repeat(100000) : "" });`,
  );
  ahead += 2000;
  expect(await keysAt(0, 3)).toEqual({ keys: [0, 1, 2], total: 3500 });
  expect(await keysAt(3200, 2)).toEqual({ keys: [3200, 3201], total: 3500 });
  expect(await keysAt(3498, 9)).toEqual({ keys: [3498, 3499], total: 3500 });
  expect((await keysAt(1749, 3, "status")).keys).toEqual([3498, 1, 3]);
  const [large] = (await api.rows({ ref: REF, offset: 3, limit: 1 })).rows;
  expect(large?.body).toBeUndefined();
  expect(large?.size).toBeGreaterThan(100_000);
  expect((await api.record(REF, encodeKey(3))).body).toContain("xxxx");

  await inStore(`for (let i = 0; i < 10; i++) items.delete(i);`);
  ahead += 2000;
  expect(await keysAt(3200, 2)).toEqual({ keys: [3210, 3211], total: 3490 });
  expect((await keysAt(1744, 2, "status")).keys).toEqual([3498, 11]);
  await expect(api.rows({ ref: { ...REF, store: "missing" }, offset: 0, limit: 1 })).rejects.toMatchObject({
    code: "no-store",
  });
});

test("an apply that was cancelled goes on in another panel, and nothing is written twice", async () => {
  const [mapping] = await worker.api.mappings();
  if (mapping === undefined) throw new Error("no mapping");
  await inStore(`for (let i = 10000; i < 34000; i++) items.put({ id: i, status: "new" });`);
  const compared = await worker.api.compare(mapping.id);
  expect(compared.counts.addedHere).toBeGreaterThanOrEqual(24_000);
  await worker.api.decideAll(mapping.id, {}, { do: "leave" });
  await worker.api.decideAll(mapping.id, { kinds: ["addedHere"] }, { do: "push" });
  const { applyId, operations } = await worker.api.preview(mapping.id);
  onEvent = (name) => {
    if (name === "applyProgress") void worker.api.cancel();
  };
  const cancelled = await worker.api.apply(applyId, { dryRun: false, confirmed: [] });
  onEvent = () => undefined;
  expect(cancelled.complete).toBe(false);
  expect(cancelled.counts.applied).toBeGreaterThan(0);
  expect(cancelled.counts.applied + cancelled.counts.notRun).toBe(operations);

  const next = await openPanel();
  await next.start();
  const [header] = await next.api.history(mapping.id);
  expect(header).toMatchObject({ applyId, kind: "apply" });
  expect(header?.finishedAt).toBeUndefined();
  const resumed = await next.api.resume(mapping.id, applyId);
  expect(resumed).toMatchObject({ complete: true, counts: { applied: operations, notRun: 0 } });
  expect((await next.api.planRows(applyId, { status: "applied" }, operations - 1, 5)).total).toBe(operations);
  expect((await next.api.history(mapping.id))[0]?.finishedAt).toBeGreaterThan(0);
  expect((await next.api.compare(mapping.id)).counts.addedHere).toBe(0);
}, 150_000);

test("a page that is left in the middle of a compare is told by name, and the next compare works", async () => {
  const [mapping] = await worker.api.mappings();
  if (mapping === undefined) throw new Error("no mapping");
  const url = `${lab.origin}/plain?again`;
  let leaving: Promise<void> | undefined;
  onEvent = (name) => {
    if (name !== "compareProgress") return;
    leaving ??= page.goto(url).then(() => worker.navigated(url));
  };
  const left = await worker.api.compare(mapping.id).catch((error: unknown) => error);
  // A store this small may be through before the browser has navigated.
  if (left instanceof Error) expect(toWorkerError(left).code).toBe("navigated");
  onEvent = () => undefined;
  await leaving;
  await worker.api.refreshPage();
  expect((await worker.api.compare(mapping.id)).complete).toBe(true);
});
