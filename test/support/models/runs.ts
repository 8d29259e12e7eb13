/** How many runs a property has; `DRIFTSCOPE_RUNS` replaces the default. */
export function runs(byDefault: number): number {
  const asked = Number(process.env.DRIFTSCOPE_RUNS);
  return Number.isInteger(asked) && asked > 0 ? asked : byDefault;
}
