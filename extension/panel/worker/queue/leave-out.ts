import { toHex } from "../../../../core/key/hex.ts";
import type { Decision, Drift } from "../../../../core/session/drift.ts";
import type { Plan } from "../../../../core/session/plan.ts";

/** How many records were left out. */
export interface LeftOut {
  count: number;
}

type Decided = { readonly drift: Drift; readonly decision: Decision };

/** A record that waits in the queue is decided already: a second plan of it could only conflict with the first. */
export function* leaveOut(
  decided: Iterable<Decided>,
  queued: ReadonlySet<string>,
  leftOut: LeftOut,
): Generator<Decided> {
  for (const one of decided) {
    if (queued.size > 0 && queued.has(toHex(one.drift.key))) leftOut.count++;
    else yield one;
  }
}

export function withLeftOut(plan: Plan, { count }: LeftOut): Plan {
  return count === 0 ? plan : { ...plan, notWritten: { ...plan.notWritten, queued: count } };
}
