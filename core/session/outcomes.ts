/** What came of the operations of a plan, by their index: as objects by id, those of a million take 300 MB. */
import { type OperationList, type PackedOperations, packList } from "./operation-list.ts";
import type { OperationOutcome } from "./plan.ts";
import type { WriteOutcome } from "./ports.ts";
import { LazyList, type ReadList } from "./read-list.ts";
import { TokenColumn } from "./token-column.ts";

type Status = OperationOutcome["status"];

export type OutcomeList = ReadList<OperationOutcome>;

/** A status is its index; 0 says that there is no outcome yet. */
const STATUSES = [undefined, "applied", "conflict", "rejected", "superseded", "unknown", "notRun"] as const;

/** To count in. */
export const noOutcomes = (): Record<Status, number> => ({
  applied: 0,
  conflict: 0,
  rejected: 0,
  superseded: 0,
  unknown: 0,
  notRun: 0,
});

export class Outcomes {
  readonly operations: PackedOperations;
  readonly #statuses: Uint8Array;
  /** Of those that applied. */
  readonly #tokens: TokenColumn;
  /** Everything that is more than a status and a token. */
  readonly #details: Map<number, OperationOutcome>;
  /** How many have each status, by the status' index. */
  readonly #tally = STATUSES.map(() => 0);

  constructor(operations: OperationList, outcomes: Iterable<OperationOutcome> = []) {
    this.operations = packList(operations);
    this.#statuses = new Uint8Array(operations.length);
    this.#tokens = new TokenColumn(operations.length);
    this.#details = new Map();
    this.#tally[0] = operations.length;
    for (const outcome of outcomes) this.set(outcome);
  }

  /** How many operations have an outcome. */
  get size(): number {
    return this.operations.length - (this.#tally[0] ?? 0);
  }

  get(opId: string): OperationOutcome | undefined {
    // Most runs know of no outcome before.
    if (this.size === 0) return undefined;
    const index = this.operations.indexOfId(opId);
    return index === undefined ? undefined : this.#at(index, opId);
  }

  statusAt(index: number): Status | undefined {
    return STATUSES[this.#statuses[index] ?? 0];
  }

  at(index: number): OperationOutcome | undefined {
    return this.#statuses[index] ? this.#at(index, this.operations.opIdAt(index)) : undefined;
  }

  /** The latest outcome of an operation counts; those of other plans are passed over. */
  set(outcome: OperationOutcome): void {
    const { opId, status } = outcome;
    const index = this.operations.indexOfId(opId);
    if (index === undefined) return;
    this.#count(this.#statuses[index] ?? 0, -1);
    this.#statuses[index] = STATUSES.indexOf(status);
    this.#count(STATUSES.indexOf(status), 1);
    const isPlain = status === "applied" && this.#tokens.set(index, outcome.token, opId);
    if (isPlain) this.#details.delete(index);
    else this.#details.set(index, outcome);
  }

  /** How many have each status. */
  counts(): Record<Status, number> {
    const counts = noOutcomes();
    for (const [status, name] of STATUSES.entries()) {
      if (name !== undefined) counts[name] = this.#tally[status] ?? 0;
    }
    return counts;
  }

  *values(): Generator<OperationOutcome> {
    for (let index = 0; index < this.#statuses.length; index++) {
      const outcome = this.at(index);
      if (outcome !== undefined) yield outcome;
    }
  }

  /** One outcome an operation, in the plan's order; `reason` tells why those without one were not run. */
  list(reason: string): OutcomeList {
    return new FullList(this, reason);
  }

  #count(status: number, by: 1 | -1): void {
    this.#tally[status] = (this.#tally[status] ?? 0) + by;
  }

  #at(index: number, opId: string): OperationOutcome | undefined {
    const detailed = this.#details.get(index);
    const status = this.statusAt(index);
    if (detailed !== undefined || status === undefined) return detailed;
    const token = this.#tokens.get(index, opId);
    const outcome: WriteOutcome = { opId, status: "applied" };
    return token === undefined ? outcome : { ...outcome, token };
  }
}

/** Of an operation, without making an object of its outcome; the index must be below the length. */
export function statusOfOutcome(outcomes: OutcomeList, index: number): Status {
  if (outcomes instanceof FullList) return outcomes.statusAt(index);
  return (outcomes.at(index) as OperationOutcome).status;
}

class FullList extends LazyList<OperationOutcome> {
  readonly #outcomes: Outcomes;
  readonly #reason: string;

  constructor(outcomes: Outcomes, reason: string) {
    super();
    this.#outcomes = outcomes;
    this.#reason = reason;
  }

  get length(): number {
    return this.#outcomes.operations.length;
  }

  statusAt(index: number): Status {
    return this.#outcomes.statusAt(index) ?? "notRun";
  }

  protected item(index: number): OperationOutcome {
    const outcome = this.#outcomes.at(index);
    if (outcome !== undefined) return outcome;
    const opId = this.#outcomes.operations.opIdAt(index);
    return { opId, status: "notRun", reason: this.#reason };
  }
}
