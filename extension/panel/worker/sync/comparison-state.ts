/** The last comparison of one mapping, as the views page through it and decide about it. */
import type { Comparison, Decision, Drift, DriftKind } from "../../../../core/session/drift.ts";
import { withoutSuspectProposals } from "../../../../core/session/emptied.ts";
import type { CompareSummary, DriftFilter, DriftRow, DriftSummary } from "../api.ts";
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

  constructor(comparison: Comparison) {
    const { drifts, ...about } = comparison;
    this.#about = about;
    this.table = new DriftTable(drifts);
  }

  /** With the counts as they are now: rows become equal when they are applied or reread. */
  summary(): CompareSummary {
    const counts = this.table.counts();
    const driftCount = this.table.count - counts.equal;
    return {
      ...this.#about,
      counts: { ...counts, equal: counts.equal + this.#about.counts.equal },
      driftCount,
    };
  }

  /** As compare() gave it, for it to go on from. */
  toComparison(): Comparison {
    const drifts = Array.from({ length: this.table.count }, (_, index) => this.table.driftAt(index));
    return { ...this.#about, drifts: drifts.filter((drift) => drift.kind !== "equal") };
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
    return { ...drift, index, decision: this.table.decisionOf(index), ...(summary ? { summary } : {}) };
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
    for (const index of indexes) this.table.decide(index, decision);
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
    this.table.replace(index, asked ?? drift);
    this.#summaries.delete(index);
    this.#view = undefined;
  }

  /** An apply brought both sides of the row together. */
  becameEqual(index: number): void {
    this.table.becameEqual(index);
    this.#summaries.delete(index);
    this.#view = undefined;
  }

  /** Every listed row with its decision, for the plan. */
  *decided(): Generator<{ drift: Drift; decision: Decision }> {
    for (const index of this.table.order()) {
      yield { drift: this.table.driftAt(index), decision: this.table.decisionOf(index) };
    }
  }
}

function writes(decision: Decision): boolean {
  return decision.do !== "leave" && decision.do !== "decide";
}
