/** Comparing one mapping: progress, the drift found, how it is filtered, and what the person decided. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { CompareProgress, Decision, DriftKind } from "../../../core/session/drift.ts";
import type {
  BulkReach,
  BulkStep,
  CompareSummary,
  DriftDetail,
  DriftFilter,
  DriftRow,
  DriftSummary,
  StoppedSummary,
  WorkerError,
} from "../worker/api.ts";
import type { BridgeStore } from "./bridge.ts";
import { groupLines } from "./grouped-rows.ts";
import type { Notices } from "./notices.ts";
import { createPagedWindow } from "./paged-window.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

export type ListedKind = Exclude<DriftKind, "equal">;

interface DriftGroup {
  readonly kind: DriftKind;
  readonly count: number;
  readonly decided: number;
}

export interface RunningCompare {
  readonly startedAt: number;
  readonly progress: CompareProgress;
  readonly cancelling: boolean;
}

export interface RunningProposals {
  readonly step: BulkStep;
  readonly done: number;
  /** Rows that it is about; undefined until the policy has begun. */
  readonly of: number | undefined;
  readonly cancelling: boolean;
}

/** The detail of the row under the cursor. */
export type DetailState =
  | { readonly is: "none" }
  | { readonly is: "loading"; readonly row: DriftRow }
  | { readonly is: "ready"; readonly detail: DriftDetail }
  | { readonly is: "error"; readonly row: DriftRow; readonly error: WorkerError };

const NO_PROGRESS: CompareProgress = { localRows: 0, remoteRows: 0, drifts: 0, phase: "scan" };
const TEXT_DELAY_MS = 150;
const ROUND_TOLD_MS = 60_000;

export function createSyncStore(worker: WorkerPort, bridge: BridgeStore, notices: Notices) {
  const summary = signal<CompareSummary | undefined>(undefined);
  const running = signal<RunningCompare | undefined>(undefined);
  const error = signal<WorkerError | undefined>(undefined);
  /** What an earlier panel did not finish, as long as nothing is compared here. */
  const stopped = signal<StoppedSummary | undefined>(undefined);
  /** The page reloaded or navigated after the compare ended. */
  const navigated = signal(false);

  const kinds = signal<ReadonlySet<DriftKind>>(new Set());
  const text = signal("");
  const groups = signal<readonly DriftGroup[]>([]);
  /** Over all kinds, whatever the filter: what Preview would plan. */
  const allGroups = signal<readonly DriftGroup[]>([]);
  const closed = signal<ReadonlySet<DriftKind>>(new Set());
  const cursor = signal(0);
  const detail = signal<DetailState>({ is: "none" });
  /** How many rows a step about all that is shown would be about, as read last. */
  const reach = signal<BulkReach | undefined>(undefined);
  /** A step about many rows is under way; a policy tells how far it is. */
  const proposing = signal<RunningProposals | undefined>(undefined);
  /** The result of such a step was seen and put away. */
  const bulkSeen = signal(false);

  const summaries = new Map<number, DriftSummary | undefined>();
  const summariesVersion = signal(0);
  const asked = new Set<number>();
  let wanted: number[] = [];
  let generation = 0;
  let detailRequest = 0;
  /** What is on screen rests on the list: it stays as it is. */
  let isListHeld = false;
  let missedRound = false;

  const mappingId = computed(() => bridge.mapping.value?.id);

  const filter = computed((): DriftFilter => {
    const chosen = [...kinds.value];
    const words = text.value.trim();
    return { ...(chosen.length > 0 ? { kinds: chosen } : {}), ...(words === "" ? {} : { text: words }) };
  });

  const shownGroups = computed(() =>
    kinds.value.size === 0 ? groups.value : groups.value.filter((group) => kinds.value.has(group.kind)),
  );
  const lines = computed(() => groupLines(shownGroups.value, closed.value));
  const decided = computed(() => allGroups.value.reduce((sum, group) => sum + group.decided, 0));

  const rows = createPagedWindow<DriftRow>({
    fetch: async (offset, limit) => {
      const id = mappingId.peek();
      if (id === undefined) return [];
      const asked = filter.peek();
      const answer = await worker.api.drifts(id, asked, offset, limit);
      if (id === mappingId.peek() && asked === filter.peek()) groups.value = answer.groups;
      return answer.rows;
    },
    onError: notices.report,
  });

  worker.on("compareProgress", (event) => {
    if (event.mappingId !== mappingId.peek() || running.peek() === undefined) return;
    running.value = {
      startedAt: event.startedAt,
      progress: event.progress,
      cancelling: running.peek()?.cancelling ?? false,
    };
  });
  worker.on("proposeProgress", ({ mappingId: id, done, of }) => {
    const current = proposing.peek();
    if (id === mappingId.peek() && current !== undefined) proposing.value = { ...current, done, of };
  });
  worker.on("navigated", () => {
    if (summary.peek() !== undefined) navigated.value = true;
  });

  worker.on("verified", async ({ mappingId: id }) => {
    if (id !== mappingId.peek() || running.peek() !== undefined) return;
    try {
      const before = summary.peek();
      const found = await worker.api.comparison(id);
      if (found === undefined || id !== mappingId.peek() || summary.peek() !== before) return;
      summary.value = found;
      // What was found besides has rows of its own now.
      forgetRows();
      await readGroups();
      await moveTo(cursor.peek());
    } catch (thrown) {
      notices.report(thrown);
    }
  });

  worker.on("round", ({ mappingId: id, changed }) => {
    if (id !== mappingId.peek() || running.peek() !== undefined) return;
    if (isListHeld) missedRound ||= changed;
    else void readRound(id, changed);
  });

  async function readRound(id: string, changed: boolean): Promise<void> {
    try {
      const found = await worker.api.comparison(id);
      if (found !== undefined && id === mappingId.peek()) await takeRound(found, changed);
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  /** What a round found, without a person having asked: the cursor stays on its record. */
  async function takeRound(found: CompareSummary, changed: boolean): Promise<void> {
    const before = summary.peek();
    const isNews = changed || before === undefined || error.peek() !== undefined || navigated.peek();
    // Where nothing else is new, the time of it is told once a minute.
    if (!isNews && found.finishedAt - before.finishedAt < ROUND_TOLD_MS) return;
    batch(() => {
      summary.value = found;
      stopped.value = undefined;
      error.value = undefined;
      navigated.value = false;
    });
    if (!isNews) return;
    void bridge.readMappings();
    const shown = detail.peek();
    const key = shown.is === "ready" ? shown.detail.row.key : shown.is === "none" ? undefined : shown.row.key;
    // What is still asked for was named by the list before.
    generation++;
    refreshRows();
    await readGroups();
    const id = mappingId.peek();
    const position =
      id === undefined || key === undefined
        ? undefined
        : await worker.api.driftPosition(id, filter.peek(), key);
    if (summary.peek() === found) await moveTo(position ?? cursor.peek());
  }

  function forget(): void {
    generation++;
    batch(() => {
      summary.value = undefined;
      stopped.value = undefined;
      error.value = undefined;
      navigated.value = false;
      groups.value = [];
      allGroups.value = [];
      kinds.value = new Set();
      text.value = "";
      closed.value = new Set();
      cursor.value = 0;
      forgetDetail();
    });
    forgetRows();
  }

  /** What is on its way to it comes too late. */
  function forgetDetail(): void {
    detailRequest++;
    detail.value = { is: "none" };
  }

  function forgetRows(): void {
    summaries.clear();
    asked.clear();
    wanted = [];
    summariesVersion.value++;
    rows.clear();
  }

  async function readGroups(): Promise<void> {
    const id = mappingId.peek();
    if (id === undefined || summary.peek() === undefined) return;
    const current = generation;
    try {
      const [all, shown] = await Promise.all([
        worker.api.drifts(id, {}, 0, 1),
        worker.api.drifts(id, filter.peek(), 0, 1),
      ]);
      if (current !== generation) return;
      batch(() => {
        allGroups.value = all.groups;
        groups.value = shown.groups;
      });
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  /** Takes over a finished comparison: its counts and its list. The detail of the first row is read after. */
  async function showList(found: CompareSummary): Promise<void> {
    batch(() => {
      summary.value = found;
      stopped.value = undefined;
      bulkSeen.value = false;
      error.value = undefined;
      navigated.value = false;
      closed.value = new Set(found.driftCount > 200 ? (["converged"] as const) : []);
      forgetDetail();
    });
    forgetRows();
    await readGroups();
  }

  async function readDetail(row: DriftRow): Promise<void> {
    const id = mappingId.peek();
    if (id === undefined) return;
    const request = ++detailRequest;
    const shown = detail.peek();
    // While stepping through rows the last detail stays until the next one is here: no flicker.
    if (shown.is !== "ready" || shown.detail.row.index !== row.index) detail.value = { is: "loading", row };
    try {
      const answer = await worker.api.drift(id, row.index);
      if (request !== detailRequest) return;
      detail.value = { is: "ready", detail: answer };
      if (answer.refreshed) refreshRows();
    } catch (thrown) {
      if (request === detailRequest) detail.value = { is: "error", row, error: asWorkerError(thrown) };
    }
  }

  /** Puts the cursor on a row (position over all shown groups) and reads its detail. */
  async function moveTo(position: number): Promise<void> {
    const last = lines.peek().rows - 1;
    if (last < 0) {
      batch(() => {
        cursor.value = 0;
        forgetDetail();
      });
      return;
    }
    const target = Math.max(0, Math.min(last, position));
    cursor.value = target;
    const row = await rows.load(target);
    if (row !== undefined && cursor.peek() === target) await readDetail(row);
  }

  /** What a step about many rows changed. */
  async function afterBulk(id: string): Promise<void> {
    const found = await worker.api.comparison(id);
    if (found === undefined || mappingId.peek() !== id) return;
    summary.value = found;
    rows.refresh();
    await readGroups();
    await moveTo(cursor.peek());
  }

  function refreshRows(): void {
    summaries.clear();
    asked.clear();
    summariesVersion.value++;
    rows.refresh();
    void readGroups();
  }

  async function readWanted(): Promise<void> {
    const id = mappingId.peek();
    const indexes = wanted;
    wanted = [];
    if (id === undefined || indexes.length === 0) return;
    const current = generation;
    try {
      const answers = await worker.api.driftSummaries(id, indexes);
      if (current !== generation) return;
      indexes.forEach((index, i) => {
        summaries.set(index, answers[i]);
      });
      summariesVersion.value++;
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  // Another mapping is another comparison: the worker may still hold one.
  effect(() => {
    const id = mappingId.value;
    untracked(() => {
      forget();
      if (id !== undefined) void reopen(id);
    });
  });

  async function reopen(id: string): Promise<void> {
    const current = generation;
    try {
      const found = await worker.api.comparison(id);
      if (found === undefined || current !== generation) return;
      await showList(found);
      await moveTo(0);
    } catch (thrown) {
      notices.report(thrown);
    }
  }

  // Whether one can go on is asked of both sides: it waits for the bridge.
  const connected = computed(() => bridge.state.value.is === "ready");
  effect(() => {
    const id = mappingId.value;
    // Read anew whenever the page or the bridge is there again, and so is this.
    bridge.mappings.value;
    if (id === undefined || !connected.value || summary.peek() !== undefined) return;
    untracked(() => void readStopped(id));
  });

  async function readStopped(id: string): Promise<void> {
    const current = generation;
    try {
      const found = await worker.api.stoppedCompare(id);
      if (current !== generation || summary.peek() !== undefined) return;
      stopped.value = found;
    } catch {
      // Where a side cannot be asked now, a compare tells why. It is offered all the same.
    }
  }

  let textTimer: ReturnType<typeof setTimeout> | undefined;
  function filterChanged(): void {
    forgetRows();
    void readGroups().then(() => moveTo(0));
  }

  async function decide(row: DriftRow, decision: Decision): Promise<void> {
    const id = mappingId.peek();
    if (id === undefined) return;
    try {
      const { key, kind, local, remote } = row;
      await worker.api.decide(id, [{ key, kind, local, remote }], decision);
      rows.refresh();
      await readGroups();
      const shown = detail.peek();
      if (shown.is === "ready" && shown.detail.row.index === row.index)
        detail.value = {
          is: "ready",
          detail: { ...shown.detail, row: { ...shown.detail.row, decision } },
        };
    } catch (thrown) {
      notices.report(thrown);
      // It may be another one than is shown.
      rows.refresh();
    }
  }

  return {
    summary,
    stopped,
    running,
    error,
    navigated,
    kinds,
    text,
    groups,
    allGroups,
    shownGroups,
    closed,
    lines,
    cursor,
    detail,
    decided,
    rows,
    summariesVersion,
    reach,
    proposing,
    bulkSeen,

    async compare({ resume = false, all = false, fresh = false } = {}): Promise<void> {
      const id = mappingId.peek();
      if (id === undefined || running.peek() !== undefined) return;
      batch(() => {
        running.value = { startedAt: Date.now(), progress: NO_PROGRESS, cancelling: false };
        error.value = undefined;
      });
      try {
        const found = await worker.api.compare(id, { resume, all, fresh });
        if (mappingId.peek() === id) await showList(found);
      } catch (thrown) {
        if (mappingId.peek() === id) error.value = asWorkerError(thrown);
      } finally {
        running.value = undefined;
      }
      void bridge.readMappings();
      if (mappingId.peek() !== id || error.peek() !== undefined) return;
      await moveTo(0).catch(notices.report);
    },
    async cancel(): Promise<void> {
      const current = running.peek();
      if (current === undefined) return;
      running.value = { ...current, cancelling: true };
      try {
        await worker.api.cancel();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    /** What an apply changed: the list, its counts and the base are read anew. */
    async reread(): Promise<void> {
      const id = mappingId.peek();
      if (id === undefined) return;
      try {
        const found = await worker.api.comparison(id);
        if (found !== undefined && mappingId.peek() === id) summary.value = found;
        // What the detail shows was read before.
        forgetDetail();
        forgetRows();
        await readGroups();
        await moveTo(cursor.peek());
        void bridge.readMappings();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    moveTo,
    /** Opens a group if it is closed. */
    toggleGroup(kind: DriftKind): void {
      const next = new Set(closed.peek());
      if (!next.delete(kind)) next.add(kind);
      closed.value = next;
    },
    /** `add`: keeps the other pressed chips. Without a kind: all of them. */
    toggleKind(kind: DriftKind | undefined, add: boolean): void {
      const pressed = kinds.peek();
      let next: Set<DriftKind>;
      if (kind === undefined) next = new Set();
      else if (add) {
        next = new Set(pressed);
        if (!next.delete(kind)) next.add(kind);
      } else next = pressed.size === 1 && pressed.has(kind) ? new Set() : new Set([kind]);
      kinds.value = next;
      filterChanged();
    },
    setText(next: string): void {
      text.value = next;
      clearTimeout(textTimer);
      textTimer = setTimeout(filterChanged, TEXT_DELAY_MS);
    },
    decide,
    /** How many rows a step about all that is shown is about. */
    async readReach(): Promise<void> {
      const id = mappingId.peek();
      reach.value = undefined;
      if (id === undefined) return;
      try {
        reach.value = await worker.api.bulkReach(id, filter.peek());
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    /** Decides about every row that the filter shows, or about all there are. */
    async decideInBulk(step: BulkStep, about: "shown" | "everything" = "shown"): Promise<void> {
      const id = mappingId.peek();
      if (id === undefined || proposing.peek() !== undefined) return;
      proposing.value = { step, done: 0, of: undefined, cancelling: false };
      try {
        await worker.api.decideInBulk(id, about === "shown" ? filter.peek() : {}, step);
        bulkSeen.value = false;
        await afterBulk(id);
      } catch (thrown) {
        notices.report(thrown);
      } finally {
        proposing.value = undefined;
      }
    },
    /** What was proposed so far stays, and can be taken back. */
    async cancelProposing(): Promise<void> {
      const current = proposing.peek();
      if (current === undefined || current.cancelling) return;
      proposing.value = { ...current, cancelling: true };
      try {
        await worker.api.cancel();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    /** The rows of the last such step are as they were. */
    async undoBulk(): Promise<void> {
      const id = mappingId.peek();
      if (id === undefined) return;
      try {
        await worker.api.undoBulk(id);
        await afterBulk(id);
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    /** While it is held, what rounds find is not shown; it is afterwards. */
    holdList(isHeld: boolean): void {
      isListHeld = isHeld;
      const id = mappingId.peek();
      if (isHeld || !missedRound || id === undefined) return;
      missedRound = false;
      void readRound(id, true);
    },
    /** Nothing that was found holds any more: another compare is needed. */
    startAnew: forget,
    /** Decides every row of one kind, whatever the filter. */
    async decideKind(kind: DriftKind, decision: Decision): Promise<void> {
      const id = mappingId.peek();
      if (id === undefined) return;
      try {
        await worker.api.decideAll(id, { kinds: [kind] }, decision);
        rows.refresh();
        await readGroups();
      } catch (thrown) {
        notices.report(thrown);
      }
    },
    /** What changed in a row, for the list; asking starts reading it together with its neighbours. */
    summaryOf(row: DriftRow): DriftSummary | undefined {
      if (row.summary !== undefined) return row.summary;
      if (summaries.has(row.index)) return summaries.get(row.index);
      if (!asked.has(row.index)) {
        asked.add(row.index);
        if (wanted.length === 0) setTimeout(readWanted, 0);
        wanted.push(row.index);
      }
      return undefined;
    },
    /** The next or previous row of a kind from the cursor, by walking the groups; undefined at the end. */
    async moveWithinKind(kind: DriftKind, step: 1 | -1): Promise<boolean> {
      let start = 0;
      for (const group of shownGroups.peek()) {
        if (group.kind === kind) {
          const next = cursor.peek() + step;
          if (next < start || next >= start + group.count) return false;
          await moveTo(next);
          return true;
        }
        start += group.count;
      }
      return false;
    },
  };
}

export type SyncStore = ReturnType<typeof createSyncStore>;
