/** Puts the worker's parts together and answers the panel's calls. */

import type { BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import type { LocalStore, RecordRead } from "../../../core/session/ports.ts";
import type { LocalDatabase } from "../../local/local-database.ts";
import type { Locks } from "../../local/mapping-lock.ts";
import type { FrameNode, HostApi, StoreRef, WorkerApi, WorkerEvents } from "./api.ts";
import { BridgeController, LABEL } from "./bridge-controller.ts";
import { JobLogReader } from "./jobs/job-log-reader.ts";
import { Keeper } from "./keep/keeper.ts";
import { LimitsStore } from "./limits-store.ts";
import { readScopeValue } from "./mapping/scope-values.ts";
import { MappingStore } from "./mapping-store.ts";
import type { ConnectAgent } from "./page/agents.ts";
import { PageController } from "./page/page-controller.ts";
import { RowReader } from "./page/row-reader.ts";
import { QueueKeeper } from "./queue/queue-keeper.ts";
import { toWorkerError } from "./rpc.ts";
import { compareForSchedule } from "./schedules/scheduled-compare.ts";
import { StateFollower } from "./state-follower.ts";
import { openBase, type PanelStorage } from "./sync/open-mapping.ts";
import { SyncController } from "./sync/sync-controller.ts";
import { Teller } from "./tell/teller.ts";
import { throttled } from "./throttle.ts";
import { WriteWatcher } from "./watch/write-watcher.ts";

/** Milliseconds between two events of progress. */
const PROGRESS_INTERVAL = 100;
const MEGABYTE = 1024 * 1024;
const DAY = 24 * 60 * 60 * 1000;

/** Everything from outside, so that the same worker runs in a test. */
export interface PanelWorkerOptions {
  readonly host: HostApi;
  readonly emit: <Name extends keyof WorkerEvents>(name: Name, value: WorkerEvents[Name]) => void;
  readonly connectAgent: ConnectAgent;
  readonly WebSocket: BridgeSocketConstructor;
  readonly database: LocalDatabase;
  readonly locks: Locks;
  readonly estimateStorage: () => Promise<StorageEstimate>;
  readonly clock: () => number;
  readonly otherPanels: OtherPanels;
}

/** The other panels of this browser: told when what is kept in sync is another. */
export interface OtherPanels {
  tell(): void;
  onTold(listener: () => void): void;
}

export interface PanelWorker {
  readonly api: WorkerApi;
  start(): Promise<void>;
  navigated(url: string): void;
}

export function createPanelWorker(options: PanelWorkerOptions): PanelWorker {
  const { host, emit, clock } = options;
  const limits = new LimitsStore(host);
  const page = new PageController({
    host,
    connectAgent: options.connectAgent,
    onState: (state) => {
      emit("page", state);
      // In this order: both may begin to watch the page's writes.
      void keeper.pageChanged(state).then(() => teller.pageChanged(state));
      if (state.is === "ready") queue.pageChanged();
    },
  });
  const bridge = new BridgeController({
    host,
    WebSocket: options.WebSocket,
    clock,
    onState: (state) => {
      sync.forgetPorts();
      emit("bridge", state);
      keeper.bridgeChanged(state);
      teller.bridgeChanged(state);
      if (state.is !== "ready") return;
      queue.follow();
      jobs.follow();
      schedules.follow();
    },
  });
  const jobs = new StateFollower({
    source: () => bridge.jobs,
    read: (source, known) => source.state(known),
    onState: (state) => emit("jobs", state.jobs),
  });
  const schedules = new StateFollower({
    source: () => bridge.schedules,
    read: (source, known) => source.state(known),
    onState: (state) => emit("schedules", state.schedules),
  });
  const jobLog = new JobLogReader(() => bridge.jobs);
  const watcher = new WriteWatcher({
    locate: (ref) => page.locate(ref),
    frames: () => (page.state.is === "ready" ? page.state.frames : []),
    clock,
    onState: (state) => emit("watch", state),
  });
  const mappings = new MappingStore(host, options.locks);
  const storage: PanelStorage = {
    database: options.database,
    locks: options.locks,
    baseOptions: async () => {
      const { bodyMegabytes, journalDays, journalMegabytes } = await limits.get();
      return {
        bodyBudget: bodyMegabytes * MEGABYTE,
        retention: { milliseconds: journalDays * DAY, bytes: journalMegabytes * MEGABYTE },
        appliedBy: LABEL,
      };
    },
  };
  const queue: QueueKeeper = new QueueKeeper({
    queue: () => bridge.queue,
    mappings: async () =>
      (await mappings.all()).filter(
        ({ bridgeId, store }) => bridgeId === bridge.bridgeId && page.find(store) !== undefined,
      ),
    openBase: (record) => openBase(record, record.incarnation, storage),
    whenIdle: (work) => sync.whenIdle(work),
    onRecorded: async (mappingId, recorded) => {
      await sync.takeRecorded(mappingId, recorded);
      emit("recorded", { mappingId });
    },
    onState: (applies) => emit("queue", applies),
    clock,
  });
  const sync: SyncController = new SyncController({
    watcher,
    onVerified: (mappingId) => {
      emit("verified", { mappingId });
      void keeper.verified(mappingId);
    },
    queuedKeys: (mappingId) => queue.keysOf(mappingId),
    isQueued: (applyId) => queue.isQueued(applyId),
    mappings,
    page,
    bridge,
    ...storage,
    clock,
    onCompareProgress: throttled(PROGRESS_INTERVAL, clock, (mappingId, progress, startedAt) =>
      emit("compareProgress", { mappingId, progress, startedAt }),
    ),
    onProposeProgress: throttled(PROGRESS_INTERVAL, clock, (mappingId, progress) =>
      emit("proposeProgress", { mappingId, ...progress }),
    ),
    onApplyProgress: throttled(PROGRESS_INTERVAL, clock, (applyId, progress, startedAt) =>
      emit("applyProgress", { applyId, progress, startedAt }),
    ),
  });
  const keeper: Keeper = new Keeper({
    sync,
    mappings,
    findStore: (store) => page.find(store),
    watcher,
    locks: options.locks,
    isWatchNeeded: () => teller.isTelling,
    level: (bridgeId, connection) => bridge.connection(bridgeId, connection)?.level,
    clock,
    tellOthers: () => options.otherPanels.tell(),
    onStates: (states) => emit("keep", states),
    onRound: (mappingId, changed) => emit("round", { mappingId, changed }),
  });
  const teller: Teller = new Teller({
    sync,
    mappings,
    bridge,
    findStore: (store) => page.find(store),
    watcher,
    isWatchNeeded: () => keeper.isWatching,
    locks: options.locks,
    clock,
    tellOthers: () => options.otherPanels.tell(),
    onStates: (states) => emit("tell", states),
  });
  options.otherPanels.onTold(() => {
    void keeper.refresh();
    void teller.refresh();
  });
  const rows = new RowReader((ref) => page.locate(ref), clock);

  /** Waits for a page that is just being read. A call that finds it paused, closed or gone also tells how it is now. */
  async function onPage<T>(work: () => Promise<T>): Promise<T> {
    await page.settled();
    try {
      return await work();
    } catch (error) {
      if (PAGE_TROUBLE.has(toWorkerError(error).code)) void page.refresh();
      throw error;
    }
  }

  const api: WorkerApi = {
    refreshPage: () => page.refresh(),
    countRows: (ref) =>
      onPage(() => {
        const located = page.locate(ref);
        return located.client.count(located.ref);
      }),
    rows: (request) => onPage(() => rows.rows(request)),
    record: (ref, key) => onPage(() => readOne(page.localStore(ref), key)),

    pair: (pairing) => bridge.pair(pairing),
    reconnect: () => bridge.reconnect(),
    forgetBridge: () => bridge.forget(),

    mappings: () => onPage(() => sync.mappings()),
    createMapping: (ref, connection, collection) => onPage(() => sync.create(ref, connection, collection)),
    removeMapping: (id) =>
      sync
        .run(async () => {
          queue.requireNoneQueued(id);
          await sync.remove(id);
        })
        .finally(() => Promise.all([keeper.refresh(), teller.refresh()])),
    checkConnection: (connection) => bridge.check(connection),
    drafts: () => bridge.drafts(),
    tryDraft: (draft) => bridge.tryDraft(draft),
    keepDraft: (draft) => bridge.keepDraft(draft),
    removeDraft: (name) => bridge.removeDraft(name),
    tables: (connection) => bridge.tables(connection),
    describeTable: (connection, table) => bridge.describeTable(connection, table),
    previewMapping: (ref, connection, settings) =>
      onPage(() => sync.previewMapping(ref, connection, settings)),
    createTableMapping: (ref, connection, settings) =>
      onPage(() => sync.create(ref, connection, settings.columns?.table, settings)),
    scopeValue: (ref, from) => onPage(() => readScopeValue(page, ref, from)),
    changedScope: (id) => onPage(() => sync.changedScope(id)),
    consentToScope: (id, shown) => onPage(() => sync.run(() => sync.consentToScope(id, shown))),
    changeSettings: (id, settings, collection) =>
      onPage(() =>
        sync
          .run(() => sync.changeSettings(id, settings, collection))
          .finally(() => Promise.all([keeper.refresh(), teller.refresh()])),
      ),
    keepInSync: (id, settings) => onPage(() => keeper.set(id, settings)),
    goOnKeeping: async (id, applyId) => keeper.goOn(id, applyId),
    holdRounds: (isHeld) => keeper.hold(isHeld),
    tellWrites: (id, settings) => onPage(() => teller.set(id, settings)),
    lastConfirmation: (id, key) => sync.lastConfirmation(id, key),

    compare: (id, { resume = false, all = false, fresh = false } = {}) =>
      onPage(() =>
        sync.run(async (signal) => {
          const keptWillDo = !resume && !all && !fresh;
          return (await sync.session(id)).compare({ resume, all, keptWillDo }, signal);
        }),
      ),
    stoppedCompare: (id) => onPage(async () => (await sync.session(id)).stoppedCompare()),
    watchWrites: async (ref, on) => {
      // First: it would begin again by itself.
      if (!on) teller.watchingEnded();
      await onPage(() => (on ? watcher.start(ref) : watcher.stop()));
      if (on) teller.watchingBegun();
    },
    cancel: async () => sync.cancel(),
    comparison: async (id) => (await sync.session(id)).comparison?.summary(),
    drifts: async (id, filter, offset, limit) =>
      (await sync.session(id)).requireComparison().page(filter, offset, limit),
    driftSummaries: (id, indexes) => onPage(async () => (await sync.session(id)).summaries(indexes)),
    drift: (id, index) => onPage(async () => (await sync.session(id)).detail(index)),
    decide: async (id, seen, decision) => {
      const comparison = (await sync.session(id)).requireComparison();
      comparison.decide(comparison.indexesOf(seen), decision);
    },
    driftPosition: async (id, filter, key) => (await sync.session(id)).comparison?.positionOf(filter, key),
    decideAll: async (id, filter, decision) =>
      (await sync.session(id)).requireComparison().decideAll(filter, decision),
    bulkReach: async (id, filter) => (await sync.session(id)).requireComparison().bulkReach(filter),
    decideInBulk: (id, filter, step) =>
      onPage(() => sync.run(async (signal) => (await sync.session(id)).decideInBulk(filter, step, signal))),
    undoBulk: async (id) => (await sync.session(id)).requireComparison().undoBulk(),

    preview: (id) =>
      onPage(async () => {
        await sync.giveWay();
        return (await sync.session(id)).preview();
      }),
    previewUndo: (id, applyId) =>
      onPage(async () => {
        await sync.giveWay();
        return (await sync.session(id)).previewUndo(applyId);
      }),
    plan: (id, applyId) => onPage(async () => (await sync.session(id)).planSummary(applyId)),
    planRows: async (applyId, filter, offset, limit) => {
      await sync.sessionOfPlan(applyId);
      return sync.plans.rows(applyId, filter, offset, limit);
    },
    planOutcomes: async (applyId) => {
      await sync.sessionOfPlan(applyId);
      return sync.plans.outcomes(applyId);
    },
    apply: (applyId, { dryRun, confirmed }) =>
      onPage(() =>
        sync.run(async (signal) => {
          if (!dryRun) queue.requireNotQueued(applyId);
          const session = await sync.sessionOfPlan(applyId);
          const summary = await session.apply(applyId, { dryRun, confirmed, resume: false }, signal);
          if (!dryRun) keeper.wasApplied(applyId);
          return summary;
        }),
      ),
    resume: (id, applyId) =>
      onPage(() =>
        sync.run(async (signal) => {
          queue.requireNotQueued(applyId);
          return (await sync.session(id)).resume(applyId, signal);
        }),
      ),
    history: (id) => onPage(async () => (await sync.session(id)).history()),

    queueable: async (applyId) => sync.plans.queueable(applyId),
    queuePlan: (applyId) =>
      onPage(() =>
        sync.run(async () => (await sync.sessionOfPlan(applyId)).queue(applyId, bridge.queue)),
      ).finally(() => queue.refresh().catch(() => undefined)),
    unqueue: (applyId) => queue.remove(applyId),

    runJob: (job, parameters) => bridge.jobs.run(job, parameters),
    cancelJob: (runId) => bridge.jobs.cancel(runId),
    jobRuns: (job) => bridge.jobs.runs(job),
    jobLog: (runId, from) => jobLog.read(runId, from),
    leaveJobLog: async () => jobLog.leave(),
    runSchedule: (name) => bridge.schedules.run(name),
    pauseSchedule: (name, paused) => bridge.schedules.setPaused(name, paused),
    setScheduleTimes: (name, times) => bridge.schedules.setTimes(name, times ?? null),
    previewTimes: (times) => bridge.schedules.preview(times),
    compareForSchedule: (run) =>
      onPage(() =>
        compareForSchedule(run, {
          mappings: () => sync.mappings(),
          originOf: ({ ref }) =>
            page.state.is === "ready" ? frameOf(page.state.frames, ref)?.origin : undefined,
          compare: (id) =>
            sync.run(async (signal) => {
              const whole = { resume: false, all: true, keptWillDo: false };
              return (await sync.session(id)).compare(whole, signal);
            }),
          answer: (name, runId, answer) => bridge.schedules.answer(name, runId, answer),
          onCompared: (mappingId) => emit("round", { mappingId, changed: true }),
        }),
      ),
    declineSchedule: (name, runId) => bridge.schedules.answer(name, runId, { is: "declined" }),
    scheduleHistory: async (name) => (await bridge.schedules.history(name)).map(({ entry }) => entry),

    storage: async () => {
      const { usage = 0, quota = 0 } = await options.estimateStorage();
      const [persisted, isPrivate] = await Promise.all([host.persistStorage(), host.isPrivate()]);
      return { persisted, usage, quota, isPrivate };
    },
    limits: () => limits.get(),
    setLimits: async (wanted) => {
      await limits.set(wanted);
      sync.forgetPorts();
      await sync.bases.prune();
    },
    bases: () => sync.bases.list(),
    exportBase: (id) => sync.bases.export(id),
    importBase: (file) => sync.run(() => sync.bases.import(file)).finally(() => sync.forgetBases()),
    discardBase: (id) => sync.run(() => sync.bases.discard(id)).finally(() => sync.forgetBases()),
    forgetBase: (id) => sync.run(() => sync.bases.forget(id)).finally(() => sync.forgetBases()),
  };

  return {
    api,
    async start() {
      await Promise.all([page.start(), bridge.start()]);
    },
    navigated(url) {
      sync.forgetPorts();
      rows.forget();
      watcher.navigated();
      keeper.navigated();
      teller.navigated();
      page.navigated();
      emit("navigated", { url });
    },
  };
}

/** Codes of AgentError after which the page is not as its state says. */
const PAGE_TROUBLE: ReadonlySet<string> = new Set([
  "paused",
  "cannot-inspect",
  "interferes",
  "navigated",
  "frame-gone",
]);

const frameOf = (frames: readonly FrameNode[], { frame }: StoreRef): FrameNode | undefined =>
  frames.find(({ path }) => path.length === frame.length && path.every((step, i) => step === frame[i]));

async function readOne(store: LocalStore, key: Uint8Array): Promise<RecordRead> {
  for await (const records of store.read([key])) {
    const [record] = records;
    if (record !== undefined) return record;
  }
  return { key, state: "absent" };
}
