/** The drift that a comparison found, with what was decided about each row, in compact form. */
import { isGone } from "../../../../core/diff/classify.ts";
import { type Decision, DRIFT_KINDS, type Drift, type DriftKind } from "../../../../core/session/drift.ts";
import type { Holders } from "../../../../core/session/drift-columns.ts";
import { type DriftList, type PackedDrifts, packDriftList } from "../../../../core/session/drift-list.ts";
import { GROUP_ORDER, groupOf } from "./group-order.ts";

const DECISIONS: readonly Decision["do"][] = ["push", "pull", "merge", "renew", "leave", "decide"];
const EQUAL = DRIFT_KINDS.indexOf("equal");

/** Rows that were reread are objects until there are so many of them. */
const MAX_REREAD = 4096;

/** Of all rows, at one moment. */
export interface DecisionsThen {
  readonly decisions: Uint8Array;
  readonly merges: ReadonlyMap<number, Decision>;
  readonly reasons: ReadonlyMap<number, string>;
}

/**
 * A row keeps its index for the life of the table, whatever is decided or reread. A row whose sides have
 * become equal stays under its index and leaves the list.
 */
export class DriftTable {
  readonly count: number;
  /** Shared with the comparison: it does not change. */
  #drifts: PackedDrifts;
  #reread = new Map<number, Drift>();
  readonly #kinds: Uint8Array;
  readonly #decisions: Uint8Array;
  readonly #merges = new Map<number, Decision>();
  readonly #reasons = new Map<number, string>();
  #order: Uint32Array | undefined;

  /** Drifts in ascending key order, as a comparison gives them. */
  constructor(drifts: DriftList) {
    this.#drifts = packDriftList(drifts);
    this.count = drifts.length;
    this.#kinds = new Uint8Array(this.count);
    this.#decisions = new Uint8Array(this.count);
    drifts.forEach((drift, index) => {
      this.#kinds[index] = DRIFT_KINDS.indexOf(drift.kind);
      this.decide(index, drift.proposal);
    });
  }

  has(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.count;
  }

  /** Undefined where no row has this key. */
  indexOf(key: Uint8Array): number | undefined {
    return this.#drifts.indexOfKey(key);
  }

  /** Takes over what was reread; the decision falls back to the new proposal. */
  replace(index: number, drift: Drift): void {
    this.#reread.set(index, drift);
    if (this.#reread.size >= MAX_REREAD) this.#packReread();
    this.#kinds[index] = DRIFT_KINDS.indexOf(drift.kind);
    this.decide(index, drift.proposal);
    this.#order = undefined;
  }

  /** What was seen of it stays; it leaves the list, and there is nothing to decide. */
  becameEqual(index: number): void {
    this.#kinds[index] = EQUAL;
    this.decide(index, { do: "leave" });
    this.#order = undefined;
  }

  /** @param reason Of a policy. */
  decide(index: number, decision: Decision, reason?: string): void {
    if (reason === undefined) this.#reasons.delete(index);
    else this.#reasons.set(index, reason);
    this.#decisions[index] = DECISIONS.indexOf(decision.do);
    if (decision.do === "merge") this.#merges.set(index, decision);
    else this.#merges.delete(index);
  }

  /** A copy: a message with a view would carry all keys along. */
  keyOf(index: number): Uint8Array {
    return this.#drifts.keyAt(index);
  }

  /** The first row from this one on that does not come before the key; the number of rows where none is. */
  firstFrom(key: Uint8Array, row: number): number {
    while (row < this.count && this.#drifts.compareKeyAt(row, key) < 0) row++;
    return row;
  }

  /** Whether the row is that of this key. */
  isOfKey(row: number, key: Uint8Array): boolean {
    return row < this.count && this.#drifts.compareKeyAt(row, key) === 0;
  }

  kindOf(index: number): DriftKind {
    return DRIFT_KINDS[this.#kinds[index] ?? EQUAL] ?? "equal";
  }

  decisionOf(index: number): Decision {
    return decisionIn(this.#decisions, this.#merges, index);
  }

  /** Why a policy decided so; absent where a person did. */
  reasonOf(index: number): string | undefined {
    return this.#reasons.get(index);
  }

  /** All decisions as they are now, to take one of them back later. */
  decisionsNow(): DecisionsThen {
    return {
      decisions: this.#decisions.slice(),
      merges: new Map(this.#merges),
      reasons: new Map(this.#reasons),
    };
  }

  /** Decides as it was then. */
  restore(index: number, { decisions, merges, reasons }: DecisionsThen): void {
    this.decide(index, decisionIn(decisions, merges, index), reasons.get(index));
  }

  driftAt(index: number): Drift {
    const drift = this.#reread.get(index) ?? (this.#drifts.at(index) as Drift);
    const kind = this.kindOf(index);
    return kind === drift.kind ? drift : { ...drift, kind, proposal: { do: "leave" } };
  }

  /** Which sides hold a record, as they were seen last. */
  holdersOf(index: number): Holders {
    const reread = this.#reread.get(index);
    if (reread === undefined) return this.#drifts.holdersAt(index);
    return { local: !isGone(reread.local), remote: !isGone(reread.remote) };
  }

  /** Every row that is not equal, as it is now; parts that did not change are shared with the table. */
  drifts(): DriftList {
    this.#packReread();
    return this.#drifts.only((index) => this.#kinds[index] !== EQUAL);
  }

  #packReread(): void {
    if (this.#reread.size === 0) return;
    this.#drifts = this.#drifts.with(this.#reread);
    this.#reread = new Map();
  }

  /** Indexes of the listed rows by group, then key. */
  order(): Uint32Array {
    if (this.#order !== undefined) return this.#order;
    const counts = this.counts();
    const groupOfKind = DRIFT_KINDS.map(groupOf);
    const next: number[] = [];
    let listed = 0;
    for (const kind of GROUP_ORDER) {
      next.push(listed);
      listed += counts[kind];
    }
    const order = new Uint32Array(listed);
    for (let index = 0; index < this.count; index++) {
      const group = groupOfKind[this.#kinds[index] as number] as number;
      if (group < 0) continue;
      const at = next[group] as number;
      order[at] = index;
      next[group] = at + 1;
    }
    this.#order = order;
    return order;
  }

  /** How many rows each kind has, `equal` included: rows that became equal since the comparison. */
  counts(): Record<DriftKind, number> {
    const byKind = new Uint32Array(DRIFT_KINDS.length);
    for (const kind of this.#kinds) byKind[kind] = (byKind[kind] as number) + 1;
    return Object.fromEntries(DRIFT_KINDS.map((kind, i) => [kind, byKind[i]])) as Record<DriftKind, number>;
  }
}

function decisionIn(decisions: Uint8Array, merges: ReadonlyMap<number, Decision>, index: number): Decision {
  const name = DECISIONS[decisions[index] ?? 0] ?? "decide";
  if (name !== "merge") return { do: name };
  return merges.get(index) ?? { do: "decide" };
}
