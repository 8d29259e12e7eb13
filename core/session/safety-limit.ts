/** How much of a side an apply may take away by itself before a person has looked. */
import type { Comparison } from "./drift.ts";
import type { Plan } from "./plan.ts";

/** Of few records, a share is soon reached. */
const ALWAYS_ALLOWED = 10;

export interface OverLimit {
  readonly side: "local" | "remote";
  /** Records that would be deleted or replaced. */
  readonly count: number;
  /** Records that the side has. */
  readonly of: number;
}

/** @param share Of the records of a side, 0 to 1. @returns The side that would lose more, if one would. */
export function overLimit(
  { counts }: Pick<Plan, "counts">,
  { localRows, remoteRows }: Pick<Comparison, "localRows" | "remoteRows">,
  share: number,
): OverLimit | undefined {
  const sides = [
    { side: "local", of: localRows },
    { side: "remote", of: remoteRows },
  ] as const;
  for (const { side, of } of sides) {
    const count = counts[side].delete + counts[side].replace;
    if (count > Math.max(ALWAYS_ALLOWED, share * of)) return { side, count, of };
  }
  return undefined;
}
