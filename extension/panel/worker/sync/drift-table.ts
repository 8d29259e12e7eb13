/** The drift that a comparison found, with what was decided about each row, in compact form. */

import { endOf, startOf } from "../../../../core/batch/byte-column.ts";
import type { ByteColumn } from "../../../../core/batch/entry-batch.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import {
  type BaseState,
  type Change,
  type Decision,
  DRIFT_KINDS,
  type Drift,
  type DriftKind,
  type SideState,
} from "../../../../core/session/drift.ts";
import { GROUP_ORDER, groupOf } from "./group-order.ts";
import { SideColumns } from "./side-columns.ts";

const CHANGES: readonly Change[] = ["none", "added", "changed", "removed"];
const DECISIONS: readonly Decision["do"][] = ["push", "pull", "merge", "renew", "leave", "decide"];

/**
 * A row keeps its index for the life of the table, whatever is decided or reread. A row whose sides have
 * become equal stays under its index and leaves the list.
 */
export class DriftTable {
  readonly count: number;
  /** One buffer: an array of its own takes a key ten times its bytes. */
  readonly #keys: ByteColumn;
  readonly #kinds: Uint8Array;
  readonly #noBase: Uint8Array;
  readonly #here: Uint8Array;
  readonly #there: Uint8Array;
  readonly #local: SideColumns;
  readonly #remote: SideColumns;
  readonly #base: SideColumns;
  readonly #proposals: Uint8Array;
  readonly #decisions: Uint8Array;
  readonly #merges = new Map<number, Decision>();
  readonly #reasons = new Map<number, string>();
  #order: Uint32Array | undefined;

  /** Drifts in ascending key order, as a comparison gives them. */
  constructor(drifts: readonly Drift[]) {
    const { length } = drifts;
    this.count = length;
    this.#keys = columnOf(drifts);
    this.#kinds = new Uint8Array(length);
    this.#noBase = new Uint8Array(length);
    this.#here = new Uint8Array(length);
    this.#there = new Uint8Array(length);
    this.#local = new SideColumns(length);
    this.#remote = new SideColumns(length);
    this.#base = new SideColumns(length);
    this.#proposals = new Uint8Array(length);
    this.#decisions = new Uint8Array(length);
    for (const [index, drift] of drifts.entries()) this.replace(index, drift);
  }

  has(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.count;
  }

  /** Undefined where no row has this key. */
  indexOf(key: Uint8Array): number | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.keyOf(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low < this.count && compareBytes(this.keyOf(low), key) === 0 ? low : undefined;
  }

  /** Takes over what was reread; the decision falls back to the new proposal. */
  replace(index: number, drift: Drift): void {
    this.#kinds[index] = DRIFT_KINDS.indexOf(drift.kind);
    this.#noBase[index] = drift.noBase ? 1 : 0;
    this.#here[index] = CHANGES.indexOf(drift.here);
    this.#there[index] = CHANGES.indexOf(drift.there);
    this.#local.set(index, drift.local);
    this.#remote.set(index, drift.remote);
    this.#base.set(index, drift.base);
    this.#proposals[index] = DECISIONS.indexOf(drift.proposal.do);
    this.decide(index, drift.proposal);
    this.#order = undefined;
  }

  /** What was seen of it stays; it leaves the list, and there is nothing to decide. */
  becameEqual(index: number): void {
    this.#kinds[index] = DRIFT_KINDS.indexOf("equal");
    this.#proposals[index] = DECISIONS.indexOf("leave");
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
    return this.#keys.bytes.slice(startOf(this.#keys, index), endOf(this.#keys, index));
  }

  kindOf(index: number): DriftKind {
    return DRIFT_KINDS[this.#kinds[index] ?? 0] ?? "equal";
  }

  decisionOf(index: number): Decision {
    const name = DECISIONS[this.#decisions[index] ?? 0] ?? "decide";
    if (name !== "merge") return { do: name };
    return this.#merges.get(index) ?? { do: "decide" };
  }

  /** Why a policy decided so; absent where a person did. */
  reasonOf(index: number): string | undefined {
    return this.#reasons.get(index);
  }

  driftAt(index: number): Drift {
    return {
      key: this.keyOf(index),
      kind: this.kindOf(index),
      noBase: this.#noBase[index] === 1,
      here: CHANGES[this.#here[index] ?? 0] ?? "none",
      there: CHANGES[this.#there[index] ?? 0] ?? "none",
      local: this.#local.get(index) as SideState,
      remote: this.#remote.get(index) as SideState,
      base: this.#base.get(index) as BaseState | undefined,
      proposal: { do: DECISIONS[this.#proposals[index] ?? 0] } as Decision,
    };
  }

  /** Indexes of the listed rows by group, then key. */
  order(): Uint32Array {
    if (this.#order !== undefined) return this.#order;
    const groups = GROUP_ORDER.map((): number[] => []);
    for (let index = 0; index < this.count; index++) groups[groupOf(this.kindOf(index))]?.push(index);
    this.#order = Uint32Array.from(groups.flat());
    return this.#order;
  }

  /** How many rows each kind has, `equal` included: rows that became equal since the comparison. */
  counts(): Record<DriftKind, number> {
    const counts = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 0])) as Record<DriftKind, number>;
    for (let index = 0; index < this.count; index++) counts[this.kindOf(index)] += 1;
    return counts;
  }
}

function columnOf(drifts: readonly Drift[]): ByteColumn {
  const ends = new Uint32Array(drifts.length);
  let end = 0;
  for (const [index, { key }] of drifts.entries()) {
    end += key.length;
    ends[index] = end;
  }
  const bytes = new Uint8Array(end);
  for (const [index, { key }] of drifts.entries()) bytes.set(key, (ends[index] as number) - key.length);
  return { bytes, ends };
}
