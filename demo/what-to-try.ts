import type { Counts } from "../test/support/panel/driftscope-panel.ts";

/** For the person in front of the open browser. */
export function tellWhatToTry(counts: Counts, backend: string): void {
  const { equal = 0, ...drift } = counts;
  const drifted = Object.values(drift).reduce((sum, count) => sum + count, 0);
  console.log(`
${equal} films are equal and ${drifted} have drifted. In the panel:

  - choose a row to see what changed, on which side, against the last state both had in common
  - open a conflict with "Resolve…", take fields from either side or type a value, and keep the result
  - "Preview plan" shows what would be written where; apply it, undo it, compare again
  - edit a film in the page, compare, and find it
  - in the page's console: await catalogue.change("léon-1994", { stars: 5 })

The backend is ${backend}. Ctrl+C ends everything.`);
}
