import { type EntryBatch, EntryState } from "../batch/entry-batch.ts";
import { keyAt, tokenAt } from "../batch/entry-batch-access.ts";
import { EntryBatchBuilder } from "../batch/entry-batch-builder.ts";
import { isGone } from "../diff/classify.ts";
import { verdictOf } from "../diff/equal-row.ts";
import type { JoinRow } from "../diff/join-entries.ts";
import type { BothSides } from "./lookup-sides.ts";
import type { Candidate } from "./recheck.ts";
import { baseStateAt, sideStateAt } from "./side-state.ts";

/** Enough to keep a lookup's fixed costs small; few enough that a cancel need not wait long. */
const MAX_CANDIDATES = 4000;
const MAX_ROWS = 10_000;

/** Rows by side; tombstones are no rows. */
export interface RowCounts {
  local: number;
  remote: number;
  /** Records that the base has. */
  base: number;
  /** Compared and found equal by digest. */
  equal: number;
}

/** A run of consecutive keys of a compare: what was seen, and what has to be looked at again. */
export class CompareSegment {
  readonly candidates: Candidate[] = [];
  readonly rows: RowCounts = { local: 0, remote: 0, base: 0, equal: 0 };
  readonly #baseKnown: boolean;
  readonly #remoteComplete: boolean;
  readonly #maxCandidates: number;
  readonly #renewals = new EntryBatchBuilder();
  #visited = 0;
  #lastBatch: EntryBatch | undefined;
  #lastIndex = 0;

  constructor(baseKnown: boolean, remoteComplete: boolean, maxCandidates = MAX_CANDIDATES) {
    this.#baseKnown = baseKnown;
    this.#remoteComplete = remoteComplete;
    this.#maxCandidates = maxCandidates;
  }

  get full(): boolean {
    return this.candidates.length >= this.#maxCandidates || this.#visited >= MAX_ROWS;
  }

  /** The last key seen; undefined while there is none. */
  get upTo(): Uint8Array | undefined {
    return this.#lastBatch && keyAt(this.#lastBatch, this.#lastIndex).slice();
  }

  add(row: JoinRow): void {
    this.#visited++;
    this.#count(row);
    switch (verdictOf(row, this.#baseKnown, this.#remoteComplete)) {
      case "equal":
        this.rows.equal++;
        return;
      case "equal-renew":
        this.rows.equal++;
        if (row.local && row.remote) {
          this.#renewals.pushFrom(row.local, row.localAt, row.remote, row.remoteAt);
        }
        return;
      case "gone":
        return;
      case "gone-renew":
        this.#renewGone(row);
        return;
      default:
        this.candidates.push(this.#candidate(row));
    }
  }

  /** Counts a candidate as it was reread: it may have come or gone since the scan. */
  recount(index: number, now: BothSides): void {
    const scanned = this.candidates[index] as Candidate;
    this.rows.local += Number(isGone(scanned.local)) - Number(isGone(now.local));
    this.rows.remote += Number(isGone(scanned.remote)) - Number(isGone(now.remote));
  }

  /** The base entries of rows that need no reread. */
  takeRenewals(): EntryBatch {
    return this.#renewals.build();
  }

  #count(row: JoinRow): void {
    const { local, remote, base } = row;
    if (local) this.rows.local++;
    if (remote && remote.states[row.remoteAt] !== EntryState.deleted) this.rows.remote++;
    if (base && base.states[row.baseAt] === EntryState.present) this.rows.base++;
    if (local) this.#saw(local, row.localAt);
    else if (remote) this.#saw(remote, row.remoteAt);
    else if (base) this.#saw(base, row.baseAt);
  }

  #saw(batch: EntryBatch, index: number): void {
    this.#lastBatch = batch;
    this.#lastIndex = index;
  }

  #renewGone(row: JoinRow): void {
    const [batch, index] = row.remote ? [row.remote, row.remoteAt] : [row.base, row.baseAt];
    if (!batch) return;
    const token = row.remote ? tokenAt(row.remote, row.remoteAt) : "";
    const state = token === "" ? EntryState.absent : EntryState.deleted;
    this.#renewals.push(keyAt(batch, index), state, undefined, token);
  }

  #candidate(row: JoinRow): Candidate {
    const [batch, index] = row.local
      ? [row.local, row.localAt]
      : row.remote
        ? [row.remote, row.remoteAt]
        : [row.base as EntryBatch, row.baseAt];
    return {
      key: keyAt(batch, index).slice(),
      local: sideStateAt(row.local, row.localAt),
      remote: sideStateAt(row.remote, row.remoteAt),
      base: baseStateAt(row.base, row.baseAt),
      inScope: this.#remoteComplete || row.remote !== undefined,
    };
  }
}
