/**
 * What the panel's views ask of the panel's worker, and what the worker tells them.
 *
 * The worker holds the agent's client, the bridge's client, the base and the session; the panel's thread holds
 * the person's intent and what is on screen. Everything here is structured-clonable.
 */

import type { MappingSettings, Policy } from "../../../core/mapping/mapping-settings.ts";
import type { ScopeLiteral, ScopeParameter } from "../../../core/mapping/scope.ts";
import type { TableDescription, TableList } from "../../../core/mapping/table-description.ts";
import type { JobParameters } from "../../../core/protocol/client/bridge-jobs.ts";
import type { ConnectionDraft, DraftsResult } from "../../../core/protocol/connection-draft.ts";
import type { Finding } from "../../../core/protocol/frames.ts";
import type { JobInfo, JobLogPart, JobRun } from "../../../core/protocol/job-frames.ts";
import type { QueuedApply as ServedQueuedApply } from "../../../core/protocol/queue-frames.ts";
import type {
  ScheduleEntry,
  ScheduleInfo,
  Times,
  TimesPreview,
  WantedPage,
} from "../../../core/protocol/schedule-frames.ts";
import type { CompareProgress, Comparison, Decision, Drift, DriftKind } from "../../../core/session/drift.ts";
import type {
  ApplyProgress,
  Confirmation,
  OperationOutcome,
  PlanCounts,
  PlannedOperation,
} from "../../../core/session/plan.ts";
import type { PlanWarning } from "../../../core/session/plan-warnings.ts";
import type { ApplyHeader, BaseEntry, RecordRead, StoreDescription } from "../../../core/session/ports.ts";
import type { CannotGoOn } from "../../../core/session/stopped-compare.ts";
import type { LastConfirmation } from "../../local/last-confirmation.ts";
import type { KeepSettings, KeepState } from "./keep/keep-state.ts";
import type { ChangedValue } from "./mapping/scope-values.ts";
import type { TellSettings, TellState } from "./tell/tell-state.ts";

/** Where a store lives in the inspected tab. `frame` is the path of child indexes from the top frame. */
export interface StoreRef {
  readonly frame: readonly number[];
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
}

export interface DatabaseNode {
  readonly name: string;
  readonly version: number;
  readonly stores: readonly StoreDescription[];
  /** Set when the database could not be opened: "blocked", "upgrading", or the error's words. */
  readonly problem?: string;
}

export interface BucketNode {
  /** "" is the default bucket. */
  readonly name: string;
  readonly databases: readonly DatabaseNode[];
}

export interface FrameNode {
  readonly path: readonly number[];
  readonly url: string;
  readonly origin: string;
  readonly storageKey: string;
  readonly buckets: readonly BucketNode[];
  /** Why it cannot be read, when it cannot. */
  readonly unreachable?: string;
}

export type PageState =
  | { readonly is: "connecting" }
  | { readonly is: "ready"; readonly frames: readonly FrameNode[]; readonly usesWorker: boolean }
  | { readonly is: "paused" }
  | { readonly is: "cannot-inspect"; readonly reason: string }
  | { readonly is: "interferes"; readonly reason: string }
  | { readonly is: "error"; readonly reason: string };

export interface GridRow {
  readonly index: number;
  readonly key: Uint8Array;
  /** The value text; absent when larger than the preview limit (`size` tells) or unreadable (`reason`). */
  readonly body?: string;
  readonly size?: number;
  readonly reason?: string;
}

export interface RowsRequest {
  readonly ref: StoreRef;
  /** Absent = primary key order. */
  readonly index?: string;
  readonly offset: number;
  readonly limit: number;
  /** Counts the store now; without it a count of some seconds ago may be used. */
  readonly anew?: boolean;
}

export interface ConnectionInfo {
  readonly name: string;
  readonly backend: string;
  readonly level: "read-only" | "confirm" | "unattended";
  /** Drafted in a panel: nothing is ever written to it. */
  readonly isDraft?: true;
  /** `rows` is absent where the backend does not count them cheaply. */
  readonly collections: readonly { readonly name: string; readonly rows?: number }[];
  /** Policy functions of the bridge, by name. */
  readonly policies: readonly string[];
  /** How long, and up to how many bytes, the bridge keeps what was there before. */
  readonly undo?: { readonly days: number; readonly bytes: number };
  /** Where what a page writes can be told, in words; absent = nowhere. */
  readonly observedTo?: string;
  /** Why its backend cannot be reached now, when it cannot. */
  readonly problem?: string;
}

export type BridgeState =
  | { readonly is: "not-paired" }
  | { readonly is: "connecting"; readonly port: number }
  | {
      readonly is: "ready";
      readonly port: number;
      readonly bridgeId: string;
      readonly latencyMs?: number;
      readonly connections: readonly ConnectionInfo[];
    }
  /** Paired, but nothing answers on the port. `retryAt` is the next try by itself. */
  | { readonly is: "not-running"; readonly port: number; readonly retryAt?: number }
  /** Something else answers there, or it does not know this panel's key. */
  | { readonly is: "refused"; readonly port: number; readonly code: string; readonly reason: string };

export interface MappingInfo {
  readonly id: string;
  readonly ref: StoreRef;
  readonly connection: string;
  readonly backend: string;
  readonly level: ConnectionInfo["level"];
  readonly collection: string;
  /** With `columns`, the collection is an existing table. */
  readonly settings: MappingSettings;
  /** Why nothing can be written, beyond what the level says: known once the mapping was used. */
  readonly readOnly?: string;
  /** When the last complete compare ended; undefined = no base yet. */
  readonly baseAt?: number;
  /** How it is kept in sync, while it is. */
  readonly keep?: KeepSettings;
  /** Where what the page writes can be told, as far as the bridge says now. */
  readonly observedTo?: string;
  /** That a person agreed to it, while that holds. */
  readonly tell?: TellSettings;
}

export interface PreviewRow {
  readonly key: Uint8Array;
  /** The value text, where there is one. */
  readonly body?: string;
  /** Of a record of the page: what it would be in the table. */
  readonly cells?: readonly { readonly column: string; readonly text: string }[];
  /** Why the other side cannot hold it. */
  readonly reason?: string;
}

export interface MappingPreview {
  readonly local: readonly PreviewRow[];
  readonly remote: readonly PreviewRow[];
  /** Why nothing could be written. */
  readonly readOnly?: string;
  /** What a compare would read of the table, where that is not simply all of it. */
  readonly reads?: string;
}
/** Whether the page's writes are watched. */
export type WatchState =
  | { readonly is: "off"; readonly ended?: "reloaded" }
  | {
      readonly is: "on";
      /** Milliseconds since 1970. */
      readonly since: number;
      /** The frame whose realm is watched. */
      readonly frame: readonly number[];
      /** How many keys were written, store by store; none of a store without writes. */
      readonly stores: readonly {
        readonly database: string;
        readonly store: string;
        readonly keys: number;
      }[];
    };

/** What the compare found, without the list itself. */
export type CompareSummary = Omit<Comparison, "drifts" | "trail"> & {
  readonly driftCount: number;
  /** What was decided about many rows at once, last; it can be taken back. */
  readonly bulk?: BulkResult;
};

/** A comparison that an earlier panel did not finish. */
export interface StoppedSummary {
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly upTo: Uint8Array;
  readonly equal: number;
  /** Absent when they were more than are kept. */
  readonly differing?: number;
  /** Why all has to be compared after all. */
  readonly cannotGoOn?: CannotGoOn;
}

/** What is done to all rows under a filter. */
export type BulkStep =
  | { readonly do: "push" | "pull" | "leave" }
  /** Asks a policy about the rows that both sides had a hand in; `keepDecided`: not about those that a person decided. */
  | { readonly do: "propose"; readonly policy: Policy; readonly keepDecided?: boolean };

export interface BulkResult {
  readonly step: BulkStep;
  /** Rows by what they are decided to be now; "decide" = left to the person. */
  readonly decisions: Readonly<Record<Decision["do"], number>>;
  /** How many rows a policy was asked about, and why it left some to the person: the commonest reasons first. */
  readonly asked?: number;
  readonly left: readonly { readonly reason: string; readonly count: number }[];
  /** The policy ended before it had looked at all of them. */
  readonly stopped?: string;
}

/** How many rows a bulk step would be about. */
export interface BulkReach {
  readonly shown: number;
  readonly writable: number;
  /** Those that a policy may propose something for, by kind. */
  readonly forPolicy: Readonly<Partial<Record<DriftKind, number>>>;
  /** Those among them that a person has decided, by kind. */
  readonly decided: Readonly<Partial<Record<DriftKind, number>>>;
}

export interface DriftFilter {
  /** Absent = all kinds. */
  readonly kinds?: readonly DriftKind[];
  /** Matches key and, where read, field names and values. */
  readonly text?: string;
  readonly undecidedOnly?: boolean;
}

export interface DriftRow extends Omit<Drift, "proposal"> {
  /** Position in the comparison: how the row is named in later calls. */
  readonly index: number;
  readonly decision: Decision;
  /** Why a policy decided so, or why it did not. */
  readonly reason?: string;
  /** What changed, for the list; absent until read (`driftSummaries`). */
  readonly summary?: DriftSummary;
}

/** What tells that a row is still the one that a person looks at. */
export type SeenRow = Pick<DriftRow, "key" | "kind" | "local" | "remote">;

export interface DriftSummary {
  readonly fields: readonly { readonly path: string; readonly from?: string; readonly to?: string }[];
  readonly more: number;
  /** For added and removed records: a one-line preview of the record. */
  readonly preview?: string;
}

export interface DriftDetail {
  readonly row: DriftRow;
  readonly local: RecordRead;
  readonly remote: RecordRead;
  readonly base: BaseEntry | undefined;
  /** The record moved on one side since the compare: the row has been classified anew. */
  readonly refreshed: boolean;
}

export interface PlanSummary {
  readonly applyId: string;
  readonly kind: "apply" | "undo";
  readonly undoes?: string;
  readonly createdAt: number;
  readonly operations: number;
  readonly counts: PlanCounts;
  /** Base renewals of converged records. */
  readonly renewals: number;
  readonly confirmations: readonly Confirmation[];
  readonly notWritten: Readonly<Record<string, number>>;
  readonly localName: string;
  readonly remoteName: string;
  readonly connection: string;
  /** Until when the apply can be undone (milliseconds since 1970). */
  readonly undoUntil: number;
  /** About how long it will take, in milliseconds; absent where no earlier apply tells. */
  readonly estimate?: number;
  readonly warnings: readonly PlanWarning[];
}

export interface PlanRow extends Omit<PlannedOperation, "body"> {
  readonly outcome?: OperationOutcome;
}

export interface ApplySummary {
  readonly applyId: string;
  readonly dryRun: boolean;
  readonly complete: boolean;
  readonly counts: Readonly<Record<OperationOutcome["status"], number>>;
  /** Records that were to be written on both sides, and are written on the remote only. */
  readonly halfApplied: number;
  /** Why it ended early, when a side failed. */
  readonly stopped?: { readonly side: "local" | "remote" | "base"; readonly reason: string };
}

/** `all` has those that write neither side too. */
export type PlanOutcomes = Readonly<Record<"all" | "local" | "remote", ApplySummary["counts"]>>;

/** Operations of one of this panel's plans that wait, or waited, in the bridge for a backend that is away. */
export interface QueuedApply
  extends Pick<ServedQueuedApply, "applyId" | "connection" | "queuedAt" | "is" | "counts" | "retryAt"> {
  readonly mappingId: string;
  /** Why they could not be sent, the last time. */
  readonly problem?: string;
}

/** What of a plan can wait in the bridge's queue. */
export interface Queueable {
  /** Those that were certainly not sent. */
  readonly operations: number;
  /** Some of them were refused since the backend is away. */
  readonly foundAway: boolean;
}

/** How much the panel may remember. */
export interface PanelLimits {
  /** Bodies of records, for each mapping; 0 = none. */
  readonly bodyMegabytes: number;
  /** For each mapping: how long, and up to which size, applies can be undone on the page's side. */
  readonly journalDays: number;
  readonly journalMegabytes: number;
}

export interface StorageInfo {
  /** The browser promised to keep it. */
  readonly persisted: boolean;
  readonly usage: number;
  readonly quota: number;
  /** A private window: what is remembered goes with it. */
  readonly isPrivate: boolean;
}

/** What is remembered of one mapping, of whichever page. */
export interface BaseInfo {
  readonly id: string;
  readonly storageKey: string;
  readonly database: string;
  readonly store: string;
  readonly collection: string;
  readonly completeAt?: number;
  readonly entries: number;
  readonly entryBytes: number;
  readonly bodyBytes: number;
  readonly journalBytes: number;
  readonly applies: number;
  /** Why it cannot be used. */
  readonly problem?: WorkerError;
}

/** A run of a schedule that waits until a panel has done it. */
export interface WaitingRun {
  readonly name: string;
  readonly runId: string;
  readonly wants: WantedPage;
}

/** An error of the worker as the views get it. */
export interface WorkerError {
  readonly code: string;
  /** Who refused what, the reason, and the next step, for the person. */
  readonly message: string;
  readonly details?: string;
}

/** Calls from the panel to its worker. A rejected call carries a WorkerError. */
export interface WorkerApi {
  /** Reads the tree anew. The state also arrives by event. */
  refreshPage(): Promise<PageState>;
  countRows(ref: StoreRef): Promise<number>;
  /** Rows by position in key (or index) order. Fast after the first visit of a region. */
  rows(request: RowsRequest): Promise<{ readonly rows: readonly GridRow[]; readonly total: number }>;
  /** One whole record, whatever its size up to the hard limit. */
  record(ref: StoreRef, key: Uint8Array): Promise<RecordRead>;

  /** `driftscope:PORT:BRIDGE-ID:CODE` as the bridge prints it. */
  pair(pairing: string): Promise<BridgeState>;
  reconnect(): Promise<BridgeState>;
  forgetBridge(): Promise<void>;

  /** What keeps a connection of the bridge from being used, looked at now. */
  checkConnection(connection: string): Promise<readonly Finding[]>;

  /** What the bridge's config file allows drafts, and those that it keeps. */
  drafts(): Promise<DraftsResult>;
  /** As `checkConnection`, of a connection that is nowhere yet. */
  tryDraft(draft: ConnectionDraft): Promise<readonly Finding[]>;
  /** The bridge serves it from now on, read-only. */
  keepDraft(draft: ConnectionDraft): Promise<DraftsResult>;
  removeDraft(name: string): Promise<DraftsResult>;

  /** Mappings of the inspected page's stores. */
  mappings(): Promise<readonly MappingInfo[]>;
  /** Makes the collection on the connection when it does not exist, and the mapping. */
  createMapping(ref: StoreRef, connection: string, collection?: string): Promise<MappingInfo>;
  removeMapping(id: string): Promise<void>;
  /** The tables of the connection that may be mapped. */
  tables(connection: string): Promise<TableList>;
  describeTable(connection: string, table: string): Promise<TableDescription>;
  /** The first records of both sides as these settings would have them; nothing is made or written. */
  previewMapping(ref: StoreRef, connection: string, settings: MappingSettings): Promise<MappingPreview>;
  /** Maps an existing table, which the settings name. */
  createTableMapping(ref: StoreRef, connection: string, settings: MappingSettings): Promise<MappingInfo>;
  /** What the page says now where a scope takes a value from it. */
  scopeValue(ref: StoreRef, from: ScopeParameter["from"]): Promise<ScopeLiteral>;
  /** Values of a mapping's scope that are not those that were agreed to. */
  changedScope(mappingId: string): Promise<readonly ChangedValue[]>;
  /** Agrees to the values that were shown, by the names of their parameters. */
  consentToScope(mappingId: string, shown: Readonly<Record<string, ScopeLiteral>>): Promise<MappingInfo>;
  /**
   * Settings of a mapping. Other ignored fields are another projection, whose digests no base and no collection
   * has: that needs another collection, and begins without a base.
   */
  changeSettings(id: string, settings: MappingSettings, collection?: string): Promise<MappingInfo>;

  /**
   * Only changed keys where both sides can tell which those are; all records otherwise, and with `all`. With what the remote
   * keeps of its last scan, where it keeps one: not with `fresh` or `all`. Answers which it was.
   */
  compare(
    mappingId: string,
    options?: { readonly resume?: boolean; readonly all?: boolean; readonly fresh?: boolean },
  ): Promise<CompareSummary>;
  /** A comparison that an earlier panel did not finish: `compare` with `resume` goes on with it. */
  stoppedCompare(mappingId: string): Promise<StoppedSummary | undefined>;
  /** Begins or ends watching the writes of the page that holds this store. The state arrives by event. */
  watchWrites(ref: StoreRef, on: boolean): Promise<void>;
  /** Cancels the compare or the apply that runs. */
  cancel(): Promise<void>;
  /** The last comparison of this mapping, if this worker still holds it. */
  comparison(mappingId: string): Promise<CompareSummary | undefined>;
  /** In the order of kinds, then keys; `groups` are the counts by kind under the filter's text. */
  drifts(
    mappingId: string,
    filter: DriftFilter,
    offset: number,
    limit: number,
  ): Promise<{
    readonly rows: readonly DriftRow[];
    readonly total: number;
    readonly groups: readonly {
      readonly kind: DriftKind;
      readonly count: number;
      readonly decided: number;
    }[];
  }>;
  driftSummaries(
    mappingId: string,
    indexes: readonly number[],
  ): Promise<readonly (DriftSummary | undefined)[]>;
  drift(mappingId: string, index: number): Promise<DriftDetail>;
  /** Refused where a row is not as it was seen any more: a round may have changed the list. */
  decide(mappingId: string, seen: readonly SeenRow[], decision: Decision): Promise<void>;
  /** Where in the list under the filter the row of this key stands now, where it is in it. */
  driftPosition(mappingId: string, filter: DriftFilter, key: Uint8Array): Promise<number | undefined>;
  /** Decides all rows of one kind; answers how many. */
  decideAll(mappingId: string, filter: DriftFilter, decision: Decision): Promise<number>;
  bulkReach(mappingId: string, filter: DriftFilter): Promise<BulkReach>;
  /** Decides about all rows under a filter, which can be taken back once. Nothing is written. */
  decideInBulk(mappingId: string, filter: DriftFilter, step: BulkStep): Promise<BulkResult>;
  /** The rows of the last bulk step, as far as nobody decided about them since, are as they were. */
  undoBulk(mappingId: string): Promise<void>;

  /** Makes the plan of what is decided. */
  preview(mappingId: string): Promise<PlanSummary>;
  /** The plan that takes an apply back. */
  previewUndo(mappingId: string, applyId: string): Promise<PlanSummary>;
  /** The plan of an apply in the history, whoever ran it. */
  plan(mappingId: string, applyId: string): Promise<PlanSummary>;
  planRows(
    applyId: string,
    filter: {
      readonly side?: "local" | "remote";
      readonly action?: PlannedOperation["action"];
      readonly status?: OperationOutcome["status"];
    },
    offset: number,
    limit: number,
  ): Promise<{ readonly rows: readonly PlanRow[]; readonly total: number }>;
  /** What came of the plan's operations. */
  planOutcomes(applyId: string): Promise<PlanOutcomes>;
  apply(
    applyId: string,
    options: { readonly dryRun: boolean; readonly confirmed: readonly string[] },
  ): Promise<ApplySummary>;
  /** Goes on with an apply that was cancelled, crashed or has unknown outcomes. */
  resume(mappingId: string, applyId: string): Promise<ApplySummary>;
  history(mappingId: string): Promise<readonly ApplyHeader[]>;
  /** What came of this record when it was last to be written, as far as the history is kept. Needs no bridge. */
  lastConfirmation(mappingId: string, key: Uint8Array): Promise<LastConfirmation>;

  /** Keeps the mapping in sync in rounds, while a panel is open; undefined: ends it. The states arrive by event. */
  keepInSync(mappingId: string, settings: KeepSettings | undefined): Promise<void>;
  /** After a pause, or to try now what is away. @param applyId The plan beyond the limit that may be applied. */
  goOnKeeping(mappingId: string, applyId?: string): Promise<void>;
  /** While a person has something open that a round would disturb; a round that only looks ends, else it is waited for. */
  holdRounds(isHeld: boolean): Promise<void>;

  /**
   * Tells consumers what the page writes from now on, while a panel is open and watches; undefined: ends it, and what is not
   * told yet is forgotten. The states arrive by event.
   */
  tellWrites(mappingId: string, settings: TellSettings | undefined): Promise<void>;

  queueable(applyId: string): Promise<Queueable>;
  /** Hands them to the queue; answers how many it has, durably. */
  queuePlan(applyId: string): Promise<number>;
  /** Takes back what was not sent yet. */
  unqueue(applyId: string): Promise<void>;

  /** Begins a run of a job that the bridge's config file names; how it goes on arrives by event. */
  runJob(job: string, parameters: JobParameters): Promise<JobRun>;
  /** Resolves when nothing of the run is left. */
  cancelJob(runId: string): Promise<void>;
  /** Those that are kept, the newest first. */
  jobRuns(job: string): Promise<readonly JobRun[]>;
  /**
   * What a run printed from there on, once there is something or it has ended; negative: so many bytes before the
   * end. A call about another run ends the one before.
   */
  jobLog(runId: string, from: number): Promise<JobLogPart>;
  leaveJobLog(): Promise<void>;

  /** Begins a run of a schedule that the bridge's config file names, at once. */
  runSchedule(name: string): Promise<void>;
  pauseSchedule(name: string, paused: boolean): Promise<void>;
  /** Undefined: those of the config file. */
  setScheduleTimes(name: string, times: Times | undefined): Promise<void>;
  /** What times mean, before they are set. */
  previewTimes(times: Times): Promise<TimesPreview>;
  /** Compares what a schedule waits for, all records of it, and tells the bridge what came of it. Nothing is written. */
  compareForSchedule(run: WaitingRun): Promise<void>;
  /** The schedule waits no more, and was not done. */
  declineSchedule(name: string, runId: string): Promise<void>;
  /** The newest first. */
  scheduleHistory(name: string): Promise<readonly ScheduleEntry[]>;

  storage(): Promise<StorageInfo>;
  limits(): Promise<PanelLimits>;
  /** What is beyond the new limits goes at once. */
  setLimits(limits: PanelLimits): Promise<void>;
  bases(): Promise<readonly BaseInfo[]>;
  /** The file of a base, see core/base-file. */
  exportBase(id: string): Promise<Blob>;
  /** Puts a file's base in the place of the one of the same identity. */
  importBase(file: Blob): Promise<{ readonly id: string; readonly entries: number }>;
  /** The next compare has no base; the history stays. */
  discardBase(id: string): Promise<void>;
  /** The base and the history: nothing of it can be undone any more. */
  forgetBase(id: string): Promise<void>;
}

/** Events from the worker. */
export interface WorkerEvents {
  page: PageState;
  bridge: BridgeState;
  watch: WatchState;
  /** A range of this mapping's last comparison was compared in the background: read it again. */
  verified: { readonly mappingId: string };
  compareProgress: {
    readonly mappingId: string;
    readonly progress: CompareProgress;
    readonly startedAt: number;
  };
  /** Every mapping of this page that is kept in sync. */
  keep: readonly KeepState[];
  /** Every mapping of this page whose writes are told. */
  tell: readonly TellState[];
  /** A round of this mapping has ended: read the comparison again, and the list where it changed. */
  round: { readonly mappingId: string; readonly changed: boolean };
  /** What is queued of this panel's plans, also what has just come to its end. */
  queue: readonly QueuedApply[];
  /** The jobs of the bridge, as they are now. */
  jobs: readonly JobInfo[];
  /** The schedules of the bridge, as they are now. */
  schedules: readonly ScheduleInfo[];
  /** What came of queued operations is in the base, the history and the comparison now. */
  recorded: { readonly mappingId: string };
  /** A policy looks at the rows of this mapping. */
  proposeProgress: { readonly mappingId: string; readonly done: number; readonly of: number };
  applyProgress: { readonly applyId: string; readonly progress: ApplyProgress; readonly startedAt: number };
  /** The page navigated or reloaded: refs and comparisons of it are gone. */
  navigated: { readonly url: string };
}

/** Calls from the worker to the panel's thread, which alone may reach the page and the browser's storage. */
export interface HostApi {
  /** Evaluates code in the inspected page; resolves to the string it gave. */
  evaluate(code: string, frameUrl?: string): Promise<string>;
  /** URLs of the page's frames, where the browser can evaluate in a frame by its URL; none elsewhere. */
  frameUrls(): Promise<readonly string[]>;
  /** extension storage (storage.local), for the pairing and the mappings. */
  storageGet(key: string): Promise<unknown>;
  storageSet(key: string, value: unknown): Promise<void>;
  /** Asks the browser to keep the panel's storage; answers whether it promised to. */
  persistStorage(): Promise<boolean>;
  /** Whether the panel is one of a private window, as far as the browser tells. */
  isPrivate(): Promise<boolean>;
}

/** Events from the panel's thread to the worker. */
export interface HostEvents {
  navigated: { readonly url: string };
}
