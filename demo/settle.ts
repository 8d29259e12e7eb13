import type { Counts } from "../test/support/panel/driftscope-panel.ts";
import type { Demo } from "./demo.ts";
import { type Applied, pushAndPull, resolveConflicts } from "./scenario.ts";

export interface Result {
  readonly before: Counts;
  readonly applied: Applied;
  readonly after: Counts;
  /** The panel after the last compare. */
  readonly screenshot: string;
}

/** Pushes, pulls, resolves and compares again, all through the panel. */
export async function settle(demo: Demo, before: Counts): Promise<Result> {
  const { panel } = demo;
  print("before", before);
  console.log(`screenshot of the drift: ${await demo.screenshot("drift")}`);
  const written = await pushAndPull(panel);
  console.log(`pushed ${written.push}, pulled ${written.pull}`);
  print("between", await panel.compare());
  const resolved = await resolveConflicts(panel);
  console.log(`resolved ${resolved} conflicts`);
  const after = await panel.compare();
  print("after", after);
  return { before, applied: { ...written, resolved }, after, screenshot: await demo.screenshot("settled") };
}

function print(when: string, counts: Counts): void {
  const words = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`);
  console.log(`${when}: ${words.join(", ")}`);
}
