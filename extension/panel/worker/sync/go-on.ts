import type { WatchPosition } from "../../../../agent/client/write-watch.ts";
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import type { LocalHints } from "../../../../core/session/compare-changes.ts";
import type { ApplyReport, Plan } from "../../../../core/session/plan.ts";
import type { BaseStore } from "../../../../core/session/ports.ts";
import type { ComparisonState } from "./comparison-state.ts";

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

  constructor(position: WatchPosition | undefined) {
    this.position = position;
  }

  /** What the page wrote, and what we did. */
  with(hints: LocalHints): LocalHints {
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
    const keys = operations
      .map(({ key }) => key)
      .filter((key) => table.indexOf(key) === undefined && !this.#applied.has(toHex(key)));
    if (keys.length === 0) return;
    const entries = await base.read(keys, { bodies: false });
    keys.forEach((key, i) => {
      this.#applied.set(toHex(key), entries[i]?.state === "present");
    });
  }

  /** @param takenOver Whether the rows were brought up to date with what applied. */
  afterApply({ operations }: Plan, { outcomes }: ApplyReport, takenOver: boolean): void {
    operations.forEach(({ key }, i) => {
      if (!takenOver || outcomes[i]?.status !== "applied") this.#uncertain.add(toHex(key));
    });
  }
}
