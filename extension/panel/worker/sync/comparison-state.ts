/** The last comparison of one mapping, as the views page through it and decide about it. */
import { isGone } from "../../../../core/diff/classify.ts";
import { type Direction, decisionByDirection, withinDirection } from "../../../../core/session/direction.ts";
import type { Comparison, Decision, Drift, DriftKind } from "../../../../core/session/drift.ts";
import type { Holders } from "../../../../core/session/drift-columns.ts";
import { withoutSuspectProposal } from "../../../../core/session/emptied.ts";
import { isForPolicy } from "../../../../core/session/policy-kinds.ts";
import { sameSides } from "../../../../core/session/side-state.ts";
import type {
  BulkReach,
  BulkResult,
  BulkStep,
  CompareSummary,
  DriftFilter,
  DriftRow,
  DriftSummary,
  SeenRow,
} from "../api.ts";
import { PanelError } from "../panel-error.ts";
import { type DecisionsThen, DriftTable } from "./drift-table.ts";
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
  /** Of rows that became equal: whether both sides hold a record now, or none does; 0 of all others. */
  readonly #equalRows: Uint8Array;
  /** What rows that changed add to the comparison's counts of records. */
  readonly #added = { local: 0, remote: 0 };

  /** 1 of each row that a person decided about, and has not had written. */
  readonly #drafts: Uint8Array;
  /** 1 of each row that a side refused as it is: by itself it is not tried again. */
  readonly #refused: Uint8Array;

  /**
   * @param before What was decided there about a record that is as it was then still holds.
   * @param keepsDrafts Also what a person had a policy propose there, and what a side refused.
   */
  constructor(comparison: Comparison, before?: ComparisonState, keepsDrafts = false) {
    const { drifts, ...about } = comparison;
    this.#about = about;
    this.table = new DriftTable(drifts);
    this.#equalRows = new Uint8Array(this.table.count);
    this.#drafts = new Uint8Array(this.table.count);
    this.#refused = new Uint8Array(this.table.count);
    if (before !== undefined) this.#keepDecisions(before, keepsDrafts);
  }

  #keepDecisions(before: ComparisonState, keepsDrafts: boolean): void {
    for (let index = 0; index < this.table.count; index++) {
      const old = before.table.indexOf(this.table.keyOf(index));
      if (old === undefined) continue;
      const then = before.table.driftAt(old);
      if (!saysTheSame(then, this.table.driftAt(index))) continue;
      if (keepsDrafts) this.#refused[index] = before.#refused[old] ?? 0;
      const decision = before.table.decisionOf(old);
      // A mere proposal is made anew: it may rest on what is no longer so.
      if (before.#isPersonal(old) && decision.do !== then.proposal.do) {
        this.table.decide(index, decision);
        this.#drafts[index] = 1;
      } else if (keepsDrafts && before.isDraft(old)) {
        this.table.decide(index, decision, before.table.reasonOf(old));
        this.#drafts[index] = 1;
      }
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
      ...(this.#bulk ? { bulk: resultOf(this.#bulk) } : {}),
    };
  }

  /** As compare() gave it, for it to go on from. */
  toComparison(): Comparison {
    return { ...this.#about, ...this.#records(this.table.counts()), drifts: this.table.drifts() };
  }

  #records(counts: Record<DriftKind, number>): Pick<Comparison, "counts" | "localRows" | "remoteRows"> {
    let there = 0;
    for (const row of this.#equalRows) if (row === HOLDS) there++;
    return {
      counts: { ...counts, equal: this.#about.counts.equal + there },
      localRows: this.#about.localRows + this.#added.local,
      remoteRows: this.#about.remoteRows + this.#added.remote,
    };
  }

  /** Counts the records of a row as they are now. */
  #recount(index: number, now: Holders): void {
    const before = this.#holds(index);
    this.#added.local += Number(now.local) - Number(before.local);
    this.#added.remote += Number(now.remote) - Number(before.remote);
  }

  #holds(index: number): Holders {
    const equal = this.#equalRows[index] ?? 0;
    if (equal !== 0) return { local: equal === HOLDS, remote: equal === HOLDS };
    return this.table.holdersOf(index);
  }

  page(
    filter: DriftFilter,
    offset: number,
    limit: number,
  ): { rows: DriftRow[]; total: number; groups: readonly DriftGroup[] } {
    const { indexes, groups } = this.filtered(filter);
    const rows = Array.from(indexes.subarray(offset, offset + limit), (index) => this.row(index));
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
  decide(indexes: Iterable<number>, decision: Decision): void {
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
      this.#drafts[index] = 1;
      this.#settleApart(index);
    }
    this.#view = undefined;
  }

  /** Whether a person decided about the row, by itself or with many, and nothing of it is written yet. */
  isDraft(index: number): boolean {
    return this.#drafts[index] === 1;
  }

  isWritable(index: number): boolean {
    return !NEVER_WRITTEN.has(this.table.kindOf(index));
  }

  /** Rows of a filter that a decision to write could be made for, and those among them for a policy. */
  bulkReach(filter: DriftFilter): BulkReach {
    const { indexes } = this.filtered(filter);
    const writable = indexes.filter((index) => this.isWritable(index)).length;
    const forPolicy = this.forPolicy(filter);
    return {
      shown: indexes.length,
      writable,
      forPolicy: this.#countKinds(forPolicy),
      decided: this.#countKinds(forPolicy.filter((index) => this.#isPersonal(index))),
    };
  }

  #countKinds(indexes: readonly number[]): Partial<Record<DriftKind, number>> {
    const counts: Partial<Record<DriftKind, number>> = {};
    for (const index of indexes) {
      const kind = this.table.kindOf(index);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * Indexes of the rows under a filter that a policy may propose something for, by key.
   *
   * @param keepDecided Without those that a person decided.
   */
  forPolicy(filter: DriftFilter, keepDecided = false): number[] {
    const { emptied } = this.#about;
    const wanted = this.filtered(filter).indexes.filter(
      (index) => !(keepDecided && this.#isPersonal(index)) && isForPolicy(this.table.driftAt(index), emptied),
    );
    return Array.from(wanted.sort());
  }

  #isPersonal(index: number): boolean {
    return this.table.decisionOf(index).do !== "decide" && this.table.reasonOf(index) === undefined;
  }

  /**
   * What one step decides about many rows: the step before it can no longer be taken back.
   *
   * @param asked How many rows a policy is asked about.
   * @param byPerson A person asked for it: what it decides is a draft.
   */
  beginBulk(step: BulkStep, asked?: number, byPerson = true): void {
    this.#bulk = {
      before: this.table.decisionsNow(),
      draftsBefore: this.#drafts.slice(),
      byPerson,
      decided: new Uint8Array(this.table.count),
      apart: new Set(),
      left: new Map(),
      result: { step, decisions: { ...NO_DECISIONS }, ...(asked === undefined ? {} : { asked }) },
    };
  }

  decideInBulk(index: number, decision: Decision, reason?: string): void {
    const bulk = this.#bulk;
    if (bulk === undefined || bulk.apart.has(index)) return;
    const { table } = this;
    bulk.decided[index] = 1;
    table.decide(index, decision, reason);
    this.#drafts[index] = bulk.byPerson && decision.do !== "decide" ? 1 : 0;
    bulk.result.decisions[decision.do] += 1;
    if (decision.do === "decide" && reason !== undefined) {
      bulk.left.set(reason, (bulk.left.get(reason) ?? 0) + 1);
    }
    this.#view = undefined;
  }

  /** Decided, or reread, by itself: the step under way passes it over, and does not take it back. */
  #settleApart(index: number): void {
    if (this.#bulk === undefined) return;
    this.#bulk.decided[index] = 0;
    this.#bulk.apart.add(index);
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
    this.#bulk?.decided.forEach((decided, index) => {
      if (decided === 0 || !this.#bulk) return;
      this.table.restore(index, this.#bulk.before);
      this.#drafts[index] = this.#bulk.draftsBefore[index] ?? 0;
    });
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
    const now = { local: !isGone(drift.local), remote: !isGone(drift.remote) };
    this.#recount(index, now);
    this.#equalRows[index] = drift.kind === "equal" ? equalRow(now.local) : 0;
    this.table.replace(index, withoutSuspectProposal(drift, this.#about.emptied));
    this.#drafts[index] = 0;
    this.#refused[index] = 0;
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
    this.#equalRows[index] = equalRow(holds);
    this.table.becameEqual(index);
    this.#drafts[index] = 0;
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

  /**
   * Every listed row with what is decided without a person: by what one side alone did, or by the mapping's policy,
   * which proposed last. What a person decided otherwise, and has not had written, is left, and so is what a side
   * refused as it is.
   */
  *decidedByItself(direction: Direction): Generator<{ drift: Drift; decision: Decision }> {
    for (let index = 0; index < this.table.count; index++) {
      if (this.table.kindOf(index) === "equal") continue;
      const drift = this.table.driftAt(index);
      const wanted = this.#isByPolicy(index)
        ? this.table.decisionOf(index)
        : decisionByDirection(drift, direction);
      const decision = withinDirection(wanted, direction);
      const isOtherwise = this.isDraft(index) && this.table.decisionOf(index).do !== decision.do;
      const isLeft = isOtherwise || this.#refused[index] === 1;
      yield { drift, decision: isLeft ? { do: "leave" } : decision };
    }
  }

  /** The rows of these keys were refused. They wait for a person until a side of theirs changes. */
  refuse(keys: readonly Uint8Array[]): void {
    for (const key of keys) {
      const index = this.table.indexOf(key);
      if (index !== undefined) this.#refused[index] = 1;
    }
  }

  #isByPolicy(index: number): boolean {
    return this.#bulk?.byPerson === false && this.#bulk.decided[index] === 1;
  }

  /** Whether the other one lists the same rows in the same state, each under the same index. */
  listsTheSameAs(other: ComparisonState): boolean {
    if (other.table.count !== this.table.count) return false;
    for (let index = 0; index < this.table.count; index++) {
      if (!other.table.isOfKey(index, this.table.keyOf(index))) return false;
      if (!saysTheSame(other.table.driftAt(index), this.table.driftAt(index))) return false;
    }
    return true;
  }

  /** Where in the list under a filter the row of this key stands; undefined where it is not in it. */
  positionOf(filter: DriftFilter, key: Uint8Array): number | undefined {
    const index = this.table.indexOf(key);
    if (index === undefined) return undefined;
    const position = this.filtered(filter).indexes.indexOf(index);
    return position < 0 ? undefined : position;
  }

  /**
   * Which rows these are now: the list may have been read before a round changed it.
   *
   * @throws PanelError "no-such-row" where one is not as it was seen any more; nothing is decided then.
   */
  indexesOf(seen: readonly SeenRow[]): number[] {
    return seen.map((row) => {
      const index = this.table.indexOf(row.key);
      if (index !== undefined && saysTheSame(this.table.driftAt(index), row)) return index;
      throw new PanelError(
        "no-such-row",
        "This record has changed, or was settled, since it was shown. Nothing was decided: look at it again.",
      );
    });
  }
}

const NO_DECISIONS = { push: 0, pull: 0, merge: 0, renew: 0, leave: 0, decide: 0 } as const;

interface Bulk {
  readonly before: DecisionsThen;
  readonly draftsBefore: Uint8Array;
  readonly byPerson: boolean;
  /** 1 of each row that the step decided about and nobody since. */
  readonly decided: Uint8Array;
  /** Rows that somebody decided about, or that were reread, since the step began. */
  readonly apart: Set<number>;
  /** Why rows were left to the person, with how many. */
  readonly left: Map<string, number>;
  readonly result: { -readonly [Name in keyof Omit<BulkResult, "left">]: BulkResult[Name] } & {
    readonly decisions: Record<Decision["do"], number>;
  };
}

/** Of a row that became equal. */
const HOLDS = 1;
const HOLDS_NONE = 2;

const equalRow = (holds: boolean): number => (holds ? HOLDS : HOLDS_NONE);

/** Reasons that are told; each row tells its own, too. */
const REASONS_TOLD = 4;

function resultOf({ left, result }: Bulk): BulkResult {
  const told = [...left].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
  return { ...result, left: told.slice(0, REASONS_TOLD) };
}

/** Kind and both sides, with their versions. */
function saysTheSame(a: Drift, b: SeenRow): boolean {
  return a.kind === b.kind && sameSides(a, b);
}

function writes(decision: Decision): boolean {
  return decision.do !== "leave" && decision.do !== "decide";
}
