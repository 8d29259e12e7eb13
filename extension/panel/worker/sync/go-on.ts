import type { WatchPosition } from "../../../../agent/client/write-watch.ts";
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import type { LocalKnowledge } from "../../../../core/session/compare-again.ts";
import type { LocalHints } from "../../../../core/session/compare-changes.ts";
import { keyOfOperation } from "../../../../core/session/operation-list.ts";
import { statusOfOutcome } from "../../../../core/session/outcomes.ts";
import type { ApplyReport, Plan } from "../../../../core/session/plan.ts";
import type { BaseStore } from "../../../../core/session/ports.ts";
import type { ComparisonState } from "./comparison-state.ts";

/** Keys that are remembered: looking at more of them costs about what comparing all records does. */
const MAX_KEYS = 100_000;
/** Keys of a plan that are looked up at a time. */
const KEYS_PER_READ = 4000;

/**
 * What happened on this side since a comparison began, for the next one to go on from: where the record of the
 * page's writes was then, and which of our own writes, which are left out of that record, are not in the
 * comparison's rows.
 */
export class GoOn {
  readonly position: WatchPosition | undefined;
  /** Keys of no row, with whether the base held a record before; in hexadecimal. */
  readonly #applied = new Map<string, boolean>();
  /** Keys of rows that may not be what the row says. */
  readonly #uncertain = new Set<string>();
  /** There were more keys than are remembered. */
  #tooMany = false;

  constructor(position: WatchPosition | undefined) {
    this.position = position;
  }

  /** What the page wrote, and what we did. */
  with(hints: LocalHints): LocalKnowledge {
    if (this.#tooMany) return { unknown: "tooMany" };
    return {
      ...hints,
      keys: [...hints.keys, ...[...this.#uncertain].map(fromHex)],
      applied: new Map(this.#applied),
    };
  }

  /** What an undo writes, and a plan of an earlier comparison, need not be among the rows. */
  async beforeApply(
    base: Pick<BaseStore, "read">,
    { operations }: Plan,
    { table }: ComparisonState,
  ): Promise<void> {
    let keys: Uint8Array[] = [];
    const remember = async (): Promise<void> => {
      const entries = await base.read(keys, { bodies: false });
      for (const [i, key] of keys.entries()) this.#applied.set(toHex(key), entries[i]?.state === "present");
      keys = [];
    };
    let row = 0;
    for (let index = 0; index < operations.length; index++) {
      const key = keyOfOperation(operations, index);
      // Both lists are in key order.
      row = table.firstFrom(key, row);
      if (table.isOfKey(row, key) || this.#applied.has(toHex(key))) continue;
      keys.push(key);
      if (keys.length === KEYS_PER_READ) await remember();
      if (this.#forgets()) return;
    }
    if (keys.length > 0) await remember();
  }

  /**
   * What was not run is as its row says.
   *
   * @param takenOver Whether the rows were brought up to date with what applied.
   */
  afterApply({ operations }: Plan, { outcomes }: ApplyReport, takenOver: boolean): void {
    for (let index = 0; index < operations.length; index++) {
      const status = statusOfOutcome(outcomes, index);
      if (status === "notRun" || (takenOver && status === "applied")) continue;
      this.#uncertain.add(toHex(keyOfOperation(operations, index)));
      if (this.#forgets()) return;
    }
  }

  /** Lets go of keys that are too many; what is gone stays unknown until all records were compared. */
  #forgets(): boolean {
    if (this.#applied.size + this.#uncertain.size > MAX_KEYS) {
      this.#tooMany = true;
      this.#applied.clear();
      this.#uncertain.clear();
    }
    return this.#tooMany;
  }
}
