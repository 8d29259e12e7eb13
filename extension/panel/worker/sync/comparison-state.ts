/** The last comparison of one mapping, as the views page through it and decide about it. */
import { isGone } from "../../../../core/diff/classify.ts";
import type { Comparison, Decision, Drift, DriftKind } from "../../../../core/session/drift.ts";
import { withoutSuspectProposals } from "../../../../core/session/emptied.ts";
import { isForPolicy } from "../../../../core/session/policy-kinds.ts";
import { sameSide } from "../../../../core/session/side-state.ts";
import type {
  BulkReach,
  BulkResult,
  BulkStep,
  CompareSummary,
  DriftFilter,
  DriftRow,
  DriftSummary,
} from "../api.ts";
import { PanelError } from "../panel-error.ts";
import { DriftTable } from "./drift-table.ts";
import { type DriftGroup, type FilteredDrift, filterDrift } from "./drift-view.ts";

/** Kinds of which nothing is known that could be written: they can only be left. */
const NEVER_WRITTEN: ReadonlySet<DriftKind> = new Set([
  "equal",
  "unreadable",
  "moving",
  "notRepresentable",
  "leftScope",
]);

export class ComparisonState {
  readonly table: DriftTable;
  readonly #about: Omit<Comparison, "drifts">;
  readonly #summaries = new Map<number, DriftSummary>();
  /** The filter asked for last, and what it left; void after any change. */
  #view: { readonly filter: string; readonly filtered: FilteredDrift } | undefined;
  #bulk: Bulk | undefined;
  /** Of rows that became equal: whether both sides hold a record now, or none does. */
  readonly #equalRows = new Map<number, boolean>();
  /** What rows that changed add to the comparison's counts of records. */
  readonly #added = { local: 0, remote: 0 };

  /** @param before What was decided there about a record that is as it was then still holds. */
  constructor(comparison: Comparison, before?: ComparisonState) {
    const { drifts, ...about } = comparison;
    this.#about = about;
    this.table = new DriftTable(drifts);
    if (before !== undefined) this.#keepDecisions(before);
  }

  #keepDecisions(before: ComparisonState): void {
    for (let index = 0; index < this.table.count; index++) {
      const old = before.table.indexOf(this.table.keyOf(index));
      if (old === undefined) continue;
      const then = before.table.driftAt(old);
      if (!saysTheSame(then, this.table.driftAt(index))) continue;
      const decision = before.table.decisionOf(old);
      // A mere proposal is made anew: it may rest on what is no longer so.
      if (before.#isPersonal(old) && decision.do !== then.proposal.do) this.table.decide(index, decision);
      const summary = before.#summaries.get(old);
      if (summary !== undefined) this.#summaries.set(index, summary);
    }
  }

  /** With the counts as they are now: rows become equal when they are applied or reread. */
  summary(): CompareSummary {
    const counts = this.table.counts();
    const driftCount = this.table.count - counts.equal;
    const { trail: _trail, ...about } = this.#about;
    return {
      ...about,
      ...this.#records(counts),
      driftCount,
      ...(this.#bulk ? { bulk: this.#bulk.result } : {}),
    };
  }

  /** As compare() gave it, for it to go on from. */
  toComparison(): Comparison {
    const drifts = Array.from({ length: this.table.count }, (_, index) => this.table.driftAt(index));
    return {
      ...this.#about,
      ...this.#records(this.table.counts()),
      drifts: drifts.filter((drift) => drift.kind !== "equal"),
    };
  }

  #records(counts: Record<DriftKind, number>): Pick<Comparison, "counts" | "localRows" | "remoteRows"> {
    const there = [...this.#equalRows.values()].filter((holds) => holds).length;
    return {
      counts: { ...counts, equal: this.#about.counts.equal + there },
      localRows: this.#about.localRows + this.#added.local,
      remoteRows: this.#about.remoteRows + this.#added.remote,
    };
  }

  /** Counts the records of a row as they are now. */
  #recount(index: number, now: { readonly local: boolean; readonly remote: boolean }): void {
    const before = this.#holds(index);
    this.#added.local += Number(now.local) - Number(before.local);
    this.#added.remote += Number(now.remote) - Number(before.remote);
  }

  #holds(index: number): { readonly local: boolean; readonly remote: boolean } {
    const both = this.#equalRows.get(index);
    if (both !== undefined) return { local: both, remote: both };
    const { local, remote } = this.table.driftAt(index);
    return { local: !isGone(local), remote: !isGone(remote) };
  }

  page(
    filter: DriftFilter,
    offset: number,
    limit: number,
  ): { rows: DriftRow[]; total: number; groups: readonly DriftGroup[] } {
    const { indexes, groups } = this.filtered(filter);
    const rows = indexes.slice(offset, offset + limit).map((index) => this.row(index));
    return { rows, total: indexes.length, groups };
  }

  filtered(filter: DriftFilter): FilteredDrift {
    const key = JSON.stringify(filter);
    if (this.#view?.filter !== key) {
      const filtered = filterDrift(this.table, filter, (index) => this.#summaries.get(index));
      this.#view = { filter: key, filtered };
    }
    return this.#view.filtered;
  }

  /** @throws PanelError "no-such-row". */
  row(index: number): DriftRow {
    this.#require(index);
    const { proposal: _proposal, ...drift } = this.table.driftAt(index);
    const summary = this.#summaries.get(index);
    const reason = this.table.reasonOf(index);
    return {
      ...drift,
      index,
      decision: this.table.decisionOf(index),
      ...(reason === undefined ? {} : { reason }),
      ...(summary ? { summary } : {}),
    };
  }

  #require(index: number): void {
    if (this.table.has(index)) return;
    throw new PanelError("no-such-row", `The comparison has no row ${index}. Read the list again.`);
  }

  summaryOf(index: number): DriftSummary | undefined {
    return this.#summaries.get(index);
  }

  setSummary(index: number, summary: DriftSummary): void {
    this.#summaries.set(index, summary);
  }

  /** @throws PanelError "not-writable" or "no-such-row"; nothing is decided then. */
  decide(indexes: readonly number[], decision: Decision): void {
    for (const index of indexes) {
      this.#require(index);
      const kind = this.table.kindOf(index);
      if (writes(decision) && NEVER_WRITTEN.has(kind)) {
        throw new PanelError(
          "not-writable",
          `A record of kind "${kind}" cannot be written. It can only be left.`,
        );
      }
    }
    for (const index of indexes) {
      this.table.decide(index, decision);
      this.#settleApart(index);
    }
    this.#view = undefined;
  }

  isWritable(index: number): boolean {
    return !NEVER_WRITTEN.has(this.table.kindOf(index));
  }

  /** Rows of a filter that a decision to write could be made for, and those among them for a policy. */
  bulkReach(filter: DriftFilter): BulkReach {
    const { indexes } = this.filtered(filter);
    const writable = indexes.filter((index) => this.isWritable(index));
    return { shown: indexes.length, writable: writable.length, forPolicy: this.forPolicy(filter).length };
  }

  /**
   * Indexes of the rows under a filter that a policy may propose something for, by key.
   *
   * @param keepDecided Without those that a person decided.
   */
  forPolicy(filter: DriftFilter, keepDecided = false): number[] {
    const { emptied } = this.#about;
    return this.filtered(filter)
      .indexes.filter((index) => !(keepDecided && this.#isPersonal(index)))
      .filter((index) => isForPolicy(this.table.driftAt(index), emptied))
      .sort((a, b) => a - b);
  }

  #isPersonal(index: number): boolean {
    return this.table.decisionOf(index).do !== "decide" && this.table.reasonOf(index) === undefined;
  }

  /** What one step decides about many rows: the step before it can no longer be taken back. */
  beginBulk(step: BulkStep): void {
    this.#bulk = { before: new Map(), apart: new Set(), result: { step, decisions: { ...NO_DECISIONS } } };
  }

  decideInBulk(index: number, decision: Decision, reason?: string): void {
    const bulk = this.#bulk;
    if (bulk === undefined || bulk.apart.has(index)) return;
    const { table } = this;
    bulk.before.set(index, { decision: table.decisionOf(index), reason: table.reasonOf(index) });
    table.decide(index, decision, reason);
    bulk.result.decisions[decision.do] += 1;
    this.#view = undefined;
  }

  /** Decided, or reread, by itself: the step under way passes it over, and does not take it back. */
  #settleApart(index: number): void {
    this.#bulk?.before.delete(index);
    this.#bulk?.apart.add(index);
  }

  /** The step ended before its last row. */
  stopBulk(reason: string): void {
    if (this.#bulk !== undefined) this.#bulk.result.stopped = reason;
  }

  /** What was decided is being carried out: there is nothing to take back any more. */
  endBulk(): void {
    this.#bulk = undefined;
  }

  undoBulk(): void {
    for (const [index, { decision, reason }] of this.#bulk?.before ?? []) {
      this.table.decide(index, decision, reason);
    }
    this.#bulk = undefined;
    this.#view = undefined;
  }

  /** Decides what is shown under the filter, as far as it can be written; answers how many rows that are. */
  decideAll(filter: DriftFilter, decision: Decision): number {
    const indexes = this.filtered(filter).indexes.filter(
      (index) => !writes(decision) || !NEVER_WRITTEN.has(this.table.kindOf(index)),
    );
    this.decide(indexes, decision);
    return indexes.length;
  }

  replace(index: number, drift: Drift): void {
    const [asked] = withoutSuspectProposals([drift], this.#about.emptied);
    const now = { local: !isGone(drift.local), remote: !isGone(drift.remote) };
    this.#recount(index, now);
    if (drift.kind === "equal") this.#equalRows.set(index, now.local);
    else this.#equalRows.delete(index);
    this.table.replace(index, asked ?? drift);
    this.#settleApart(index);
    this.#summaries.delete(index);
    this.#view = undefined;
  }

  /** An apply brought both sides of the row together. */
  becameEqual(index: number): void {
    const { local, remote } = this.#holds(index);
    const { do: decision } = this.table.decisionOf(index);
    // A merge writes a record to both; what was renewed is alike on both.
    const holds = decision === "pull" ? remote : decision === "merge" ? true : local;
    this.#recount(index, { local: holds, remote: holds });
    this.#equalRows.set(index, holds);
    this.table.becameEqual(index);
    this.#settleApart(index);
    this.#summaries.delete(index);
    this.#view = undefined;
  }

  /** Every listed row with its decision, for the plan. */
  *decided(): Generator<{ drift: Drift; decision: Decision }> {
    for (let index = 0; index < this.table.count; index++) {
      if (this.table.kindOf(index) === "equal") continue;
      yield { drift: this.table.driftAt(index), decision: this.table.decisionOf(index) };
    }
  }
}

const NO_DECISIONS = { push: 0, pull: 0, merge: 0, renew: 0, leave: 0, decide: 0 } as const;

interface Bulk {
  /** What was decided about each row before, as far as nobody decided about it since. */
  readonly before: Map<number, { readonly decision: Decision; readonly reason: string | undefined }>;
  /** Rows that somebody decided about, or that were reread, since the step began. */
  readonly apart: Set<number>;
  readonly result: { -readonly [Name in keyof BulkResult]: BulkResult[Name] } & {
    readonly decisions: Record<Decision["do"], number>;
  };
}

/** Kind and both sides, with their versions. */
function saysTheSame(a: Drift, b: Drift): boolean {
  return a.kind === b.kind && sameSide(a.local, b.local) && sameSide(a.remote, b.remote);
}

function writes(decision: Decision): boolean {
  return decision.do !== "leave" && decision.do !== "decide";
}
