/** How many runs a property has; `DRIFTSCOPE_RUNS` replaces the default. */
export function runs(byDefault: number): number {
  const asked = Number(process.env.DRIFTSCOPE_RUNS);
  return Number.isInteger(asked) && asked > 0 ? asked : byDefault;
}

/** Of cases that differ little and take minutes each: one for every change, all of them under `npm run test:long`. */
export function someOf<Case>(inCi: Case, ...others: readonly Case[]): readonly Case[] {
  return process.env.DRIFTSCOPE_LONG === "1" ? [inCi, ...others] : [inCi];
}

/** The size of something that is too long for every change: the second figure under `npm run test:long`. */
export function size(inCi: number, inLongRun: number): number {
  return process.env.DRIFTSCOPE_LONG === "1" ? inLongRun : inCi;
}
