/** Records that a side refused as they are: a round does not try them again until a side of theirs has changed. */
import { toHex } from "../../../core/key/hex.ts";
import type { Drift } from "../../../core/session/drift.ts";
import type { ApplyReport, Plan } from "../../../core/session/plan.ts";
import { isAway } from "../../../core/session/queue-plan.ts";
import { sameSides } from "../../../core/session/side-state.ts";

export class RefusedRecords {
  readonly #then = new Map<string, Drift>();

  /** Whether it was refused as it is now. */
  has(drift: Drift): boolean {
    const then = this.#then.get(toHex(drift.key));
    return then !== undefined && sameSides(then, drift);
  }

  /** What came of a plan about these drifts. What found the backend away is not refused. */
  note(drifts: Iterable<Drift>, plan: Plan, applied: ApplyReport): void {
    const refused = new Set<string>();
    plan.operations.forEach(({ key }, index) => {
      const outcome = applied.outcomes.at(index);
      if (outcome?.status === "rejected" && !isAway(outcome)) refused.add(toHex(key));
    });
    for (const drift of drifts) {
      const key = toHex(drift.key);
      if (refused.has(key)) this.#then.set(key, drift);
    }
  }
}
