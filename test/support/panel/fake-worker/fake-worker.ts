/**
 * The panel's worker, played by one object in memory: for work on the views alone. It knows enough of
 * comparing and applying to drive every screen; the real rules are core's.
 */

import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../../core/codec/encode-value.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { DraftsResult, KeptDraft } from "../../../../core/protocol/connection-draft.ts";
import type { JobRun } from "../../../../core/protocol/job-frames.ts";
import {
  type Change,
  type Decision,
  DRIFT_KINDS,
  type DriftKind,
  type SideState,
} from "../../../../core/session/drift.ts";
import { noOutcomes } from "../../../../core/session/outcomes.ts";
import type { OperationOutcome } from "../../../../core/session/plan.ts";
import { isForPolicy } from "../../../../core/session/policy-kinds.ts";
import type { ApplyHeader, RecordRead } from "../../../../core/session/ports.ts";
import { fieldDifferences } from "../../../../extension/panel/format/field-differences.ts";
import { keyText } from "../../../../extension/panel/format/key-text.ts";
import { lineText } from "../../../../extension/panel/format/value-text.ts";
import type {
  BaseInfo,
  BridgeState,
  BulkResult,
  BulkStep,
  CompareSummary,
  DriftRow,
  DriftSummary,
  GridRow,
  MappingInfo,
  PageState,
  PanelLimits,
  PlanRow,
  PlanSummary,
  QueuedApply,
  StoreRef,
  WorkerApi,
  WorkerEvents,
} from "../../../../extension/panel/worker/api.ts";
import type { KeepCondition } from "../../../../extension/panel/worker/keep/keep-state.ts";
import { GROUP_ORDER } from "../../../../extension/panel/worker/sync/group-order.ts";
import type { TellSettings } from "../../../../extension/panel/worker/tell/tell-state.ts";
import { visit, visitKey } from "./field-notes.ts";
import { inventedBases, withoutBase } from "./invented-bases.ts";
import { draftedConnection, inventedDrafts, inventedFindings, keptDraft } from "./invented-drafts.ts";
import { inventedJobs, inventedLog, inventedRuns } from "./invented-jobs.ts";
import { inventedEntries, inventedPreview, inventedSchedules } from "./invented-schedules.ts";

export interface FakeOptions {
  /** Records of the big store. */
  readonly rows: number;
  /** Records that differ: at least one of every kind. */
  readonly drifts: number;
  readonly page: PageState["is"] | "no-database" | "blocked";
  readonly bridge: BridgeState["is"];
  readonly mapped: boolean;
  readonly partial: boolean;
  /** An earlier panel did not finish a compare: "yes", or why nobody can go on with it. */
  readonly stopped: "no" | "yes" | "writtenSince" | "storeMadeAnew";
  readonly emptied: boolean;
  readonly moving: boolean;
  readonly inSync: boolean;
  readonly failCompare: boolean;
  /** The backend is away: nothing is written there, and what is queued waits. */
  readonly away: boolean;
  /** How the mapping stands once it is kept in sync. */
  readonly keep: KeepCondition["is"];
  /** Whether consumers can be told what the page writes. */
  readonly tells: boolean;
  /** Records that a verification of changed keys finds besides. */
  readonly surprises: number;
  /** Whether the bridge's config file allows drafts. */
  readonly drafts: "allowed" | "off";
  /** Milliseconds that a compare and an apply take. */
  readonly slow: number;
}

const REF: StoreRef = { frame: [], bucket: "", database: "field-notes", store: "visits" };
/** Kinds that this page invents records for, in the order of the list. */
const KINDS_IN_ORDER: readonly DriftKind[] = GROUP_ORDER.filter(
  (kind) => kind !== "notRepresentable" && kind !== "leftScope",
);

const PROPOSALS = [
  { do: "push", reason: "newest: here, 2 h later" },
  { do: "pull", reason: "newest: there, 12 min later" },
  { do: "decide", reason: "updatedAt is missing there" },
] as const;

interface Sides {
  readonly local?: string;
  readonly remote?: string;
  readonly base?: string;
}

interface FakeDrift {
  readonly kind: DriftKind;
  readonly here: Change;
  readonly there: Change;
  readonly sides: Sides;
  decision: Decision;
  reason?: string | undefined;
}

function keptAs(is: KeepCondition["is"]): KeepCondition {
  const at = Date.now();
  switch (is) {
    case "starting":
    case "elsewhere":
      return { is };
    case "inSync":
      return { is, at, records: 12_480 };
    case "waiting":
      return { is, at, left: 14, kinds: { conflict: 14 } };
    case "offline": {
      const behind = { added: 2, changed: 1, removed: 0 };
      return { is, since: at, side: "remote", reason: "Nothing listens there.", retryAt: at, behind };
    }
    case "paused": {
      const over = { side: "remote", count: 3000, of: 12_480 } as const;
      return { is, at, because: { is: "limit", over, applyId: "p1" } };
    }
  }
}

export class FakeWorker {
  readonly #options: FakeOptions;
  readonly #listeners = new Map<string, Set<(value: never) => void>>();
  #bridge: BridgeState;
  #mapping: MappingInfo | undefined;
  #summary: CompareSummary | undefined;
  #drifts: { key: Uint8Array; drift: FakeDrift }[] = [];
  #cancelled = false;
  #watching = false;
  #history: ApplyHeader[] = [];
  #drafting: DraftsResult;
  #limits: PanelLimits = { bodyMegabytes: 256, journalDays: 30, journalMegabytes: 256 };
  #bases: readonly BaseInfo[] = inventedBases();
  /** What the last bulk step changed. */
  #before = new Map<FakeDrift, Pick<FakeDrift, "decision" | "reason">>();
  readonly #plans = new Map<string, { summary: PlanSummary; rows: PlanRow[] }>();

  constructor(options: FakeOptions) {
    this.#options = options;
    this.#bridge = this.#bridgeState(options.bridge);
    this.#drafting = inventedDrafts(options.drafts);
    if (options.mapped) this.#mapping = this.#newMapping();
  }

  on<K extends keyof WorkerEvents>(event: K, listener: (value: WorkerEvents[K]) => void): () => void {
    const all = this.#listeners.get(event) ?? new Set();
    all.add(listener as (value: never) => void);
    this.#listeners.set(event, all);
    if (event === "bridge") queueMicrotask(() => this.#emit("bridge", this.#bridge));
    if (event === "schedules") queueMicrotask(() => this.#emit("schedules", inventedSchedules()));
    if (event === "jobs") queueMicrotask(() => this.#emit("jobs", inventedJobs()));
    return () => all.delete(listener as (value: never) => void);
  }

  #emit<K extends keyof WorkerEvents>(event: K, value: WorkerEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? [])
      (listener as (value: WorkerEvents[K]) => void)(value);
  }

  #newMapping(): MappingInfo {
    return {
      id: "m1",
      ref: REF,
      connection: "embedded",
      backend: "sqlite",
      level: "confirm",
      collection: "field.visits",
      settings: {},
      baseAt: Date.now() - 2 * 3_600_000,
      ...(this.#options.tells ? { observedTo: "the topic seen of Kafka at localhost:9092" } : {}),
    };
  }

  #tellWrites(mappingId: string, tell: TellSettings | undefined): void {
    this.#mapping = { ...this.#newMapping(), ...(tell === undefined ? {} : { tell }) };
    const counts = { untold: 3, told: 41, withheld: 1, skipped: 0, gaps: 1 };
    this.#emit("tell", tell === undefined ? [] : [{ mappingId, condition: { is: "telling" }, ...counts }]);
  }

  #bridgeState(is: BridgeState["is"]): BridgeState {
    switch (is) {
      case "not-paired":
        return { is };
      case "connecting":
        return { is, port: 7411 };
      case "not-running":
        return { is, port: 7411, retryAt: Date.now() + 3000 };
      case "refused":
        return {
          is,
          port: 7411,
          code: "code-wrong",
          reason: "The bridge on port 7411 does not know this panel’s key.",
        };
      case "ready":
        return {
          is,
          port: 7411,
          bridgeId: "b-7f3a",
          latencyMs: 8,
          connections: [
            {
              name: "embedded",
              backend: "sqlite",
              level: "confirm",
              collections: [{ name: "field.visits", rows: this.#options.rows }],
              policies: ["keep-the-longer"],
            },
            { name: "archive", backend: "sqlite", level: "read-only", collections: [], policies: [] },
          ],
        };
    }
  }

  #pageState(): PageState {
    const { page, rows } = this.#options;
    switch (page) {
      case "connecting":
      case "paused":
        return { is: page };
      case "cannot-inspect":
        return {
          is: page,
          reason:
            "The browser closes its own pages, its store and files to extensions. Open DevTools on another page.",
        };
      case "interferes":
        return { is: page, reason: "It replaced functions that reading needs." };
      case "error":
        return { is: page, reason: "The page answered something that is no answer." };
      default: {
        const index = (name: string, keyPath: string | string[], multiEntry = false) => ({
          name,
          keyPath,
          unique: false,
          multiEntry,
        });
        const store = (name: string, count: number, indexes: ReturnType<typeof index>[] = []) => ({
          name,
          keyPath: "id",
          autoIncrement: false,
          indexes,
          count,
        });
        const databases =
          page === "no-database"
            ? []
            : page === "blocked"
              ? [{ name: "field-notes", version: 14, stores: [], problem: "blocked" }]
              : [
                  {
                    name: "field-notes",
                    version: 14,
                    stores: [
                      store("visits", rows, [
                        index("by_status", "status"),
                        index("by_site_date", ["site.code", "visitedAt"]),
                        index("by_tag", "tags", true),
                      ]),
                      store("photos", 31_207),
                      store("inspectors", 86),
                      store("outbox", 0),
                    ],
                  },
                  { name: "workbox-expiration", version: 1, stores: [store("cache-entries", 12)] },
                  { name: "legacy", version: 2, stores: [], problem: "upgrading" },
                ];
        return {
          is: "ready",
          usesWorker: true,
          frames: [
            {
              path: [],
              url: "https://fieldnotes.example/app",
              origin: "https://fieldnotes.example",
              storageKey: "https://fieldnotes.example/",
              buckets: [
                { name: "", databases },
                ...(page === "no-database" || page === "blocked"
                  ? []
                  : [
                      {
                        name: "drafts",
                        databases: [{ name: "scratch", version: 1, stores: [store("drafts", 4)] }],
                      },
                    ]),
              ],
            },
            {
              path: [0],
              url: "https://maps.example/embed",
              origin: "https://maps.example",
              storageKey: "https://maps.example/^0https://fieldnotes.example",
              buckets: [],
              unreachable: "The browser does not let extensions into this frame.",
            },
          ],
        };
      }
    }
  }

  #sides(i: number): FakeDrift | undefined {
    const { drifts, inSync } = this.#options;
    if (inSync || i >= drifts) return undefined;
    const kinds = KINDS_IN_ORDER.filter((kind) => kind !== "moving" || this.#options.moving);
    const kind = kinds[i % kinds.length] as DriftKind;
    const base = visit(i);
    const changed = {
      ...base,
      status: "ready",
      notes: `Pump ${i % 4} bearing noise at 1,450 rpm. Grease replaced, retest Monday.`,
    };
    const readings = base.readings;
    if (readings instanceof Float32Array) {
      const moved = readings.slice();
      moved[3] = 0.75;
      Object.assign(changed, { readings: moved });
    }
    const other = {
      ...base,
      status: "rejected",
      notes: `Pump ${i % 4} bearing noise at ${1000 + (i % 500)} rpm. Cover refitted.`,
      inspector: "Jonas Lindqvist",
    };
    if (base.self !== undefined) {
      Object.assign(changed, { self: changed });
      Object.assign(other, { self: other });
    }
    const b = encodeValue(base);
    const c = encodeValue(changed);
    const o = encodeValue(other);
    const make = (here: Change, there: Change, sides: Sides, decision: Decision): FakeDrift => ({
      kind,
      here,
      there,
      sides,
      decision,
    });
    switch (kind) {
      case "conflict":
        return i % 26 === 0
          ? make("changed", "changed", { local: c, remote: o, base: b }, { do: "decide" })
          : make("removed", "changed", { remote: o, base: b }, { do: "decide" });
      case "changedHere":
        return make("changed", "none", { local: c, remote: b, base: b }, { do: "push" });
      case "addedHere":
        return make("added", "none", { local: c }, { do: "push" });
      case "removedHere":
        return make("removed", "none", { remote: b, base: b }, { do: "push" });
      case "changedThere":
        return make("none", "changed", { local: b, remote: o, base: b }, { do: "pull" });
      case "addedThere":
        return make("none", "added", { remote: o }, { do: "pull" });
      case "removedThere":
        return make("none", "removed", { local: b, base: b }, { do: "pull" });
      case "different":
        return make("none", "none", { local: c, remote: o }, { do: "decide" });
      case "onlyHere":
        return make("none", "none", { local: c }, { do: "decide" });
      case "onlyThere":
        return make("none", "none", { remote: o }, { do: "decide" });
      case "converged":
        return make("changed", "changed", { local: c, remote: c, base: b }, { do: "renew" });
      default:
        return make("none", "none", { local: c, remote: o }, { do: "leave" });
    }
  }

  #row(index: number): DriftRow {
    const found = this.#drifts[index];
    if (found === undefined) throw new Error(`no drift ${index}`);
    const { drift, key } = found;
    const state = (text: string | undefined): SideState =>
      text === undefined ? { state: "absent" } : { state: "present", digest: fakeDigest(text) };
    return {
      index,
      key,
      kind: drift.kind,
      noBase: drift.sides.base === undefined,
      here: drift.here,
      there: drift.there,
      local:
        drift.kind === "unreadable"
          ? { state: "unreadable", reason: "The stored value cannot be deserialized." }
          : state(drift.sides.local),
      remote: state(drift.sides.remote),
      base: undefined,
      decision: drift.decision,
      ...(drift.reason === undefined ? {} : { reason: drift.reason }),
    };
  }

  /** Every third proposal goes one way, every third the other, and the rest to the person. */
  #decideInBulk(indexes: readonly number[], step: BulkStep): BulkResult {
    const decisions = { push: 0, pull: 0, merge: 0, renew: 0, leave: 0, decide: 0 };
    this.#before = new Map();
    for (const i of indexes) {
      const drift = this.#drifts[i]?.drift;
      if (drift === undefined || (step.do === "propose" && !isForPolicy(this.#row(i), []))) continue;
      this.#before.set(drift, { decision: drift.decision, reason: drift.reason });
      const proposed = PROPOSALS[this.#before.size % 3] ?? PROPOSALS[0];
      drift.decision = step.do === "propose" ? { do: proposed.do } : { do: step.do };
      drift.reason = step.do === "propose" ? proposed.reason : undefined;
      decisions[drift.decision.do]++;
    }
    const reason = PROPOSALS[2].reason;
    const left = decisions.decide > 0 ? [{ reason, count: decisions.decide }] : [];
    const asked = this.#before.size;
    const bulk: BulkResult = { step, decisions, left, ...(step.do === "propose" ? { asked } : {}) };
    if (this.#summary !== undefined) this.#summary = { ...this.#summary, bulk };
    return bulk;
  }

  #matching(filter: { kinds?: readonly DriftKind[]; text?: string }): { byText: number[]; shown: number[] } {
    const text = filter.text?.toLowerCase();
    const byText: number[] = [];
    for (const kind of KINDS_IN_ORDER)
      this.#drifts.forEach(({ drift, key }, i) => {
        if (drift.kind !== kind) return;
        if (
          text === undefined ||
          keyText(key).text.includes(text) ||
          JSON.stringify(drift.sides).toLowerCase().includes(text)
        )
          byText.push(i);
      });
    const kinds = filter.kinds;
    return {
      byText,
      shown:
        kinds === undefined
          ? byText
          : byText.filter((i) => kinds.includes(this.#drifts[i]?.drift.kind as DriftKind)),
    };
  }

  #counts(): Record<DriftKind, number> {
    const counts = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 0])) as Record<DriftKind, number>;
    for (const { drift } of this.#drifts) counts[drift.kind]++;
    counts.equal = this.#options.rows - this.#drifts.length;
    return counts;
  }

  #extent(all: boolean): Pick<CompareSummary, "extent" | "rechecked"> {
    if (all || !this.#watching || this.#summary === undefined) return { extent: "full" };
    const { surprises } = this.#options;
    const fullAt = Date.now() - 720_000;
    const verified = { at: Date.now(), records: 5000, surprises };
    return {
      extent: "rechecked",
      rechecked: { keys: 14, fullAt, unseen: ["workers", "otherTabs"], verified },
    };
  }

  async #work(steps: number, step: (done: number) => void): Promise<boolean> {
    this.#cancelled = false;
    for (let done = 1; done <= steps; done++) {
      await new Promise((resolve) => setTimeout(resolve, this.#options.slow / steps));
      step(done);
      if (this.#cancelled) return false;
    }
    return true;
  }

  #others(name: string): readonly KeptDraft[] {
    return this.#drafting.drafts.filter(({ draft }) => draft.name !== name);
  }

  /** Those that are kept are connections of the bridge. */
  #setDrafts(drafts: readonly KeptDraft[]): DraftsResult {
    this.#drafting = { ...this.#drafting, drafts: [...drafts] };
    if (this.#bridge.is === "ready") {
      const connections = this.#bridge.connections.filter(({ isDraft }) => !isDraft);
      this.#bridge = { ...this.#bridge, connections: [...connections, ...drafts.map(draftedConnection)] };
      this.#emit("bridge", this.#bridge);
    }
    return this.#drafting;
  }

  readonly api: WorkerApi = {
    refreshPage: async () => {
      const state = this.#pageState();
      this.#emit("page", state);
      return state;
    },
    countRows: async () => this.#options.rows,
    rows: async ({ ref, offset, limit }) => {
      const total = ref.store === "visits" ? this.#options.rows : ref.store === "outbox" ? 0 : 86;
      const rows: GridRow[] = [];
      for (let i = offset; i < Math.min(total, offset + limit); i++) {
        const key = encodeKey(ref.store === "inspectors" ? i : visitKey(i));
        if (i % 41 === 17) rows.push({ index: i, key, reason: "DataCloneError: the value cannot be read." });
        else if (i % 53 === 30) rows.push({ index: i, key, size: 5_700_000 });
        else
          rows.push({
            index: i,
            key,
            body: ref.store === "photos" ? encodeValue(`plain text ${i}`) : encodeValue(visit(i)),
          });
      }
      return { rows, total };
    },
    record: async (_ref, key) => {
      const i = Number(keyText(key).text.replace(/\D/g, ""));
      if (i % 41 === 17)
        return { key, state: "unreadable", reason: "DataCloneError: the value cannot be read." };
      return { key, state: "present", body: encodeValue(visit(i)) };
    },
    pair: async (pairing) => {
      if (!pairing.endsWith("GOOD"))
        throw Object.assign(
          new Error("The bridge refused the code. Copy the line again from where the bridge runs."),
          { code: "code-wrong" },
        );
      this.#bridge = this.#bridgeState("ready");
      this.#emit("bridge", this.#bridge);
      return this.#bridge;
    },
    reconnect: async () => this.#bridge,
    forgetBridge: async () => {
      this.#bridge = { is: "not-paired" };
    },
    mappings: async () => (this.#mapping === undefined ? [] : [this.#mapping]),
    createMapping: async () => {
      this.#mapping = this.#newMapping();
      return this.#mapping;
    },
    removeMapping: async () => {
      this.#mapping = undefined;
    },
    changeSettings: async (_id, settings, collection = "field.visits") => {
      this.#mapping = { ...this.#newMapping(), settings, collection };
      return this.#mapping;
    },
    checkConnection: async () => [
      { about: "server", is: "right", said: "Cassandra 5.0.9" },
      { about: "writing", is: "doubtful", said: "this login may only read" },
    ],
    drafts: async () => this.#drafting,
    tryDraft: async ({ backend }) => inventedFindings(backend),
    keepDraft: async (draft) => this.#setDrafts([...this.#others(draft.name), keptDraft(draft)]),
    removeDraft: async (name) => this.#setDrafts(this.#others(name)),
    tables: async () => ({ tables: [{ name: "visits", isView: false, rows: 3200 }], notAllowed: 2 }),
    describeTable: async (_connection, table) => visitsTable(table),
    previewMapping: async (ref) => {
      const { rows } = await this.api.rows({ ref, offset: 0, limit: 20 });
      const local = rows.map(({ key, body = "null" }, i) => ({
        key,
        body,
        ...(i % 5 === 4
          ? { reason: "visitedAt: a string is no Date" }
          : {
              cells: [
                { column: "id", text: String(i) },
                { column: "site", text: '"north"' },
              ],
            }),
      }));
      return { local, remote: rows.map(({ key, body = "null" }) => ({ key, body })) };
    },
    createTableMapping: async (_ref, _connection, settings) => {
      this.#mapping = { ...this.#newMapping(), settings, collection: settings.columns?.table ?? "" };
      return this.#mapping;
    },
    scopeValue: async () => 7,
    changedScope: async () => [{ name: "user_id", was: 7, is: 8 }],
    consentToScope: async () => this.#newMapping(),
    stoppedCompare: async () => {
      const { stopped } = this.#options;
      if (stopped === "no" || this.#summary !== undefined) return undefined;
      return {
        startedAt: Date.now() - 26 * 60_000,
        stoppedAt: Date.now() - 25 * 60_000,
        upTo: encodeKey(visitKey(4000)),
        equal: 3891,
        differing: 109,
        ...(stopped === "yes" ? {} : { cannotGoOn: { because: stopped } }),
      };
    },
    watchWrites: async ({ frame, database, store }, on) => {
      this.#watching = on;
      const stores = [{ database, store, keys: 14 }];
      this.#emit("watch", on ? { is: "on", since: Date.now() - 240_000, frame, stores } : { is: "off" });
    },
    compare: async (_id, { all = false } = {}) => {
      const startedAt = Date.now();
      const { rows, failCompare } = this.#options;
      const whole = await this.#work(20, (done) =>
        this.#emit("compareProgress", {
          mappingId: "m1",
          startedAt,
          progress: {
            localRows: Math.round((rows * done) / 20),
            remoteRows: Math.round((rows * done * 0.97) / 20),
            drifts: done * 3,
            phase: "scan",
          },
        }),
      );
      if (failCompare)
        throw Object.assign(
          new Error(
            "embedded ended the scan before its end mark: the database file is locked by another program. Close it and compare again.",
          ),
          { code: "scan-incomplete" },
        );
      const complete = whole && !this.#options.partial;
      this.#drifts = [];
      for (let i = 0; i < Math.min(rows, this.#options.drifts); i++) {
        const drift = this.#sides(i);
        if (drift !== undefined) this.#drifts.push({ key: encodeKey(visitKey(i)), drift });
      }
      this.#drifts.sort((a, b) => compareBytes(a.key, b.key));
      this.#summary = {
        ...this.#extent(all),
        counts: this.#counts(),
        driftCount: this.#drifts.length,
        complete,
        startedAt,
        finishedAt: Date.now(),
        localRows: rows,
        remoteRows: rows,
        emptied: this.#options.emptied
          ? [{ side: "local", gone: 12_823, of: 12_945, reasons: [{ is: "manyGone" }] }]
          : [],
        ...(complete ? {} : { comparedUpTo: encodeKey(visitKey(7620)) }),
      };
      return this.#summary;
    },
    cancel: async () => {
      this.#cancelled = true;
    },
    comparison: async () =>
      this.#summary === undefined
        ? undefined
        : { ...this.#summary, counts: this.#counts(), driftCount: this.#drifts.length },
    drifts: async (_mapping, filter, offset, limit) => {
      const { byText, shown } = this.#matching(filter);
      const groups = KINDS_IN_ORDER.map((kind) => {
        const ofKind = byText.filter((i) => this.#drifts[i]?.drift.kind === kind);
        return {
          kind,
          count: ofKind.length,
          decided: ofKind.filter(
            (i) => !["decide", "leave"].includes(this.#drifts[i]?.drift.decision.do ?? "leave"),
          ).length,
        };
      }).filter((group) => group.count > 0);
      return {
        rows: shown.slice(offset, offset + limit).map((i) => this.#row(i)),
        total: shown.length,
        groups,
      };
    },
    driftSummaries: async (_mapping, indexes) => indexes.map((i) => this.#summarize(i)),
    drift: async (_mapping, index) => {
      const row = this.#row(index);
      const sides = this.#drifts[index]?.drift.sides ?? {};
      return {
        row,
        local: read(row.key, sides.local, row.local.reason),
        remote: { ...read(row.key, sides.remote), token: `17.${toHex(row.key).slice(0, 6)}` },
        base: sides.base === undefined ? undefined : { key: row.key, state: "present", body: sides.base },
        refreshed: false,
      };
    },
    decide: async (_mapping, seen, decision) => {
      for (const { key } of seen) {
        const found = this.#drifts.find((each) => compareBytes(each.key, key) === 0);
        if (found !== undefined) found.drift.decision = decision;
      }
    },
    driftPosition: async (_mapping, filter, key) => {
      const { shown } = this.#matching(filter);
      const position = shown.findIndex((i) => compareBytes(this.#row(i).key, key) === 0);
      return position < 0 ? undefined : position;
    },
    decideAll: async (_mapping, filter, decision) => {
      const { shown } = this.#matching(filter);
      for (const i of shown) {
        const found = this.#drifts[i];
        if (found !== undefined && !["unreadable", "moving", "converged"].includes(found.drift.kind))
          found.drift.decision = decision;
      }
      return shown.length;
    },
    bulkReach: async (_mapping, filter) => {
      const { shown } = this.#matching(filter);
      const forPolicy = shown.filter((i) => isForPolicy(this.#row(i), []));
      const counts: Partial<Record<DriftKind, number>> = {};
      for (const i of forPolicy) {
        const { kind } = this.#row(i);
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      const decided = forPolicy.filter(
        (i) => this.#row(i).decision.do !== "decide" && this.#row(i).reason === undefined,
      ).length;
      return {
        shown: shown.length,
        writable: shown.length,
        forPolicy: counts,
        decided: decided === 0 ? {} : { conflict: decided },
      };
    },
    decideInBulk: async (mappingId, filter, step) => {
      const { shown } = this.#matching(filter);
      if (step.do === "propose")
        await this.#work(20, (done) => this.#emit("proposeProgress", { mappingId, done: done * 4, of: 80 }));
      return this.#decideInBulk(shown, step);
    },
    undoBulk: async () => {
      for (const [drift, { decision, reason }] of this.#before) {
        drift.decision = decision;
        drift.reason = reason;
      }
      if (this.#summary !== undefined) {
        const { bulk: _bulk, ...summary } = this.#summary;
        this.#summary = summary;
      }
    },
    preview: async () => this.#plan("apply"),
    previewUndo: async (_mapping, applyId) => this.#plan("undo", applyId),
    plan: async (_mapping, applyId) => {
      const known = this.#plans.get(applyId);
      if (known === undefined) throw new Error(`no plan ${applyId}`);
      return known.summary;
    },
    planRows: async (applyId, filter, offset, limit) => {
      const all = (this.#plans.get(applyId)?.rows ?? []).filter(
        (row) =>
          (filter.side === undefined || row.side === filter.side) &&
          (filter.action === undefined || row.action === filter.action) &&
          (filter.status === undefined || row.outcome?.status === filter.status),
      );
      return { rows: all.slice(offset, offset + limit), total: all.length };
    },
    planOutcomes: async (applyId) => {
      const counted = { all: noOutcomes(), local: noOutcomes(), remote: noOutcomes() };
      for (const { side, outcome } of this.#plans.get(applyId)?.rows ?? []) {
        if (outcome === undefined) continue;
        counted.all[outcome.status]++;
        if (side !== "base") counted[side][outcome.status]++;
      }
      return counted;
    },
    apply: async (applyId, { dryRun }) => this.#apply(applyId, dryRun),
    resume: async (_mapping, applyId) => this.#apply(applyId, false, true),
    history: async () => this.#history,
    lastConfirmation: async () => ({ is: "none", applies: this.#history.length, more: false }),
    keepInSync: async (mappingId, settings) => {
      const condition = keptAs(this.#options.keep);
      this.#emit("keep", settings ? [{ mappingId, condition, behind: 0, held: false }] : []);
    },
    goOnKeeping: async () => undefined,
    tellWrites: async (mappingId, tell) => this.#tellWrites(mappingId, tell),
    holdRounds: async () => undefined,
    queueable: async (applyId) => ({ operations: this.#awayRows(applyId), foundAway: true }),
    queuePlan: async (applyId) => {
      const waiting = this.#awayRows(applyId);
      this.#tellQueue(applyId, "waiting", { waiting });
      return waiting;
    },
    runJob: async () => inventedRuns()[0] as JobRun,
    cancelJob: async () => {},
    jobRuns: async (job) => inventedRuns().filter((run) => run.job === job),
    jobLog: async (runId) => inventedLog(runId),
    leaveJobLog: async () => {},
    runSchedule: async () => {},
    pauseSchedule: async () => {},
    setScheduleTimes: async () => {},
    previewTimes: async () => inventedPreview(),
    compareForSchedule: async () => {},
    declineSchedule: async () => {},
    scheduleHistory: async () => inventedEntries(),
    unqueue: async (applyId) =>
      this.#tellQueue(applyId, "ended", { applied: 2, conflict: 1, rejected: this.#awayRows(applyId) - 3 }),
    storage: async () => ({ persisted: true, usage: 48_000_000, quota: 2_000_000_000, isPrivate: false }),
    limits: async () => this.#limits,
    setLimits: async (limits) => {
      this.#limits = limits;
    },
    bases: async () => this.#bases,
    exportBase: async () => new Blob(["{}\n"]),
    importBase: async () => {
      throw Object.assign(new Error("Line 1 of this file is not the head of a base. Nothing was changed."), {
        code: "malformed-file",
      });
    },
    discardBase: async (id) => {
      this.#bases = this.#bases.map((base) => (base.id === id ? withoutBase(base) : base));
    },
    forgetBase: async (id) => {
      this.#bases = this.#bases.filter((base) => base.id !== id);
    },
  };

  #summarize(index: number): DriftSummary | undefined {
    const sides = this.#drifts[index]?.drift.sides;
    if (sides === undefined) return undefined;
    const local = sides.local === undefined ? undefined : decodeValue(sides.local);
    const remote = sides.remote === undefined ? undefined : decodeValue(sides.remote);
    if (local === undefined || remote === undefined) {
      const there = (local ?? remote) as Record<string, unknown> | undefined;
      return { fields: [], more: 0, preview: lineText(there?.site, { budget: 60 }) };
    }
    const { changed } = fieldDifferences(local, remote);
    return {
      fields: changed.slice(0, 4).map((field) => ({
        path: field.path,
        ...(field.remote.present ? { from: lineText(field.remote.value, { budget: 30 }) } : {}),
        ...(field.local.present ? { to: lineText(field.local.value, { budget: 30 }) } : {}),
      })),
      more: Math.max(0, changed.length - 4),
    };
  }

  #plan(kind: "apply" | "undo", undoes?: string): PlanSummary {
    const applyId = `a-${this.#plans.size + 1}`;
    const rows: PlanRow[] = [];
    const counts = {
      local: { create: 0, replace: 0, delete: 0 },
      remote: { create: 0, replace: 0, delete: 0 },
    };
    let renewals = 0;
    let undecided = 0;
    for (const { key, drift } of this.#drifts) {
      const { do: what } = drift.decision;
      if (what === "renew") renewals++;
      if (what === "decide") undecided++;
      const sides =
        what === "push"
          ? (["remote"] as const)
          : what === "pull"
            ? (["local"] as const)
            : what === "merge"
              ? (["local", "remote"] as const)
              : [];
      for (const side of sides) {
        const from = what === "merge" ? "merged" : side === "remote" ? drift.sides.local : drift.sides.remote;
        const to = side === "remote" ? drift.sides.remote : drift.sides.local;
        const action = from === undefined ? "delete" : to === undefined ? "create" : "replace";
        counts[side][action]++;
        rows.push({
          opId: `${applyId}-${rows.length}`,
          key,
          side,
          action,
          expectLocal: null,
          expectRemote: null,
          digest: null,
          source: what === "merge" ? "inline" : side === "remote" ? "local" : "remote",
          baseAfter: undefined,
        });
      }
    }
    const deletes = counts.remote.delete;
    const summary: PlanSummary = {
      applyId,
      kind,
      ...(undoes === undefined ? {} : { undoes }),
      createdAt: Date.now(),
      operations: rows.length,
      counts,
      renewals,
      confirmations: deletes > 2 ? [{ side: "remote", name: "field.visits", deletes }] : [],
      notWritten: { undecided, unreadable: this.#counts().unreadable },
      localName: "visits",
      remoteName: "field.visits",
      connection: "embedded",
      undoUntil: Date.now() + 30 * 86_400_000,
      estimate: 12_400,
      warnings: [
        {
          is: "refused",
          side: "local",
          reason: 'The unique index "by_code" already holds this value for another record.',
          operations: 2,
        },
        { is: "moved", operations: 1 },
        { is: "keyGenerator", creates: 12, highest: 5012 },
        { is: "ignoredFields", creates: 14, fields: ["lastSeen", "draft"] },
      ],
    };
    this.#plans.set(applyId, { summary, rows });
    return summary;
  }

  #awayRows(applyId: string): number {
    const rows = this.#plans.get(applyId)?.rows ?? [];
    return rows.filter(({ outcome }) => outcome?.status === "rejected" && outcome.code === AWAY.code).length;
  }

  #tellQueue(applyId: string, is: QueuedApply["is"], some: Partial<QueuedApply["counts"]>): void {
    const none = {
      waiting: 0,
      unanswered: 0,
      applied: 0,
      conflict: 0,
      rejected: 0,
      superseded: 0,
      unknown: 0,
    };
    const mappingId = this.#mapping?.id ?? "";
    const queuedAt = Date.now() - 130_000;
    const retryAt = Date.now() + 30_000;
    const counts = { ...none, ...some };
    this.#emit("queue", [
      { mappingId, applyId, connection: "lab", queuedAt, is, counts, problem: AWAY.reason, retryAt },
    ]);
  }

  async #apply(applyId: string, dryRun: boolean, resumed = false) {
    const plan = this.#plans.get(applyId);
    if (plan === undefined) throw new Error(`no plan ${applyId}`);
    const startedAt = Date.now();
    const whole = await this.#work(10, (done) =>
      this.#emit("applyProgress", {
        applyId,
        startedAt,
        progress: { done: Math.round((plan.rows.length * done) / 10), of: plan.rows.length, outcomes: {} },
      }),
    );
    const counts = noOutcomes();
    plan.rows = plan.rows.map((row, i) => {
      const outcome: OperationOutcome =
        this.#options.away && row.side === "remote"
          ? { opId: row.opId, ...AWAY }
          : !dryRun && i === 2
            ? { opId: row.opId, status: "conflict", current: { key: row.key, state: "present" } }
            : !dryRun && i === 3
              ? {
                  opId: row.opId,
                  status: "rejected",
                  code: "too-large",
                  reason: "Too large: 5.7 MB, field.visits takes 5 MB. Nothing was written.",
                }
              : !dryRun && i === 4 && !resumed
                ? { opId: row.opId, status: "unknown", reason: "No answer within 10 s. It is being settled." }
                : !whole && i > plan.rows.length / 2
                  ? { opId: row.opId, status: "notRun", reason: "Stopped before it was sent." }
                  : { opId: row.opId, status: "applied" };
      counts[outcome.status]++;
      return { ...row, outcome };
    });
    if (!dryRun) {
      const done = new Set(
        plan.rows.filter((row) => row.outcome?.status === "applied").map((row) => toHex(row.key)),
      );
      this.#drifts = this.#drifts.filter(
        ({ key, drift }) => !done.has(toHex(key)) && drift.decision.do !== "renew",
      );
      this.#history = [
        {
          applyId,
          startedAt,
          finishedAt: Date.now(),
          kind: plan.summary.kind,
          counts,
          ...(plan.summary.undoes === undefined ? {} : { undoes: plan.summary.undoes }),
        },
        ...this.#history.filter((header) => header.applyId !== applyId),
      ];
    }
    return { applyId, dryRun, complete: whole && counts.unknown === 0, counts, halfApplied: 0 };
  }
}

const AWAY = {
  status: "rejected",
  code: "backend-unavailable",
  reason: "The backend at http://127.0.0.1:8080 cannot be reached: connection refused.",
} as const;

function read(key: Uint8Array, body: string | undefined, unreadable?: string): RecordRead {
  if (unreadable !== undefined) return { key, state: "unreadable", reason: unreadable };
  return body === undefined ? { key, state: "absent" } : { key, state: "present", body };
}

/** No digest of the product: enough to be there. */
function fakeDigest(text: string): Uint8Array {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return fromHex(hash.toString(16).padStart(8, "0").repeat(4));
}

/** As somebody's database has it. */
function visitsTable(name: string): TableDescription {
  const column = (column: string, type: string, nullable = true) => ({ name: column, type, nullable });
  return {
    name,
    isView: false,
    columns: [
      column("id", "INTEGER", false),
      column("site", "TEXT"),
      column("visited_at", "TEXT"),
      column("note", "TEXT"),
      column("version", "INTEGER", false),
      column("owner", "TEXT"),
    ],
    primaryKey: ["id"],
    unique: [],
    foreignKeys: [],
    checks: [],
    rows: 3200,
  };
}
