import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeViolation } from "./panel-driver.ts";

/** axe-core's source, to be run in the document under test before `runAxe`. */
export const axeSource: string = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

interface AxeGlobal {
  readonly axe: {
    run(): Promise<{
      violations: { id: string; help: string; nodes: { target: unknown[]; html: string }[] }[];
    }>;
  };
}

/** Sent as text into the document, where axe-core has run. */
export async function runAxe(): Promise<AxeViolation[]> {
  const { violations } = await (globalThis as unknown as AxeGlobal).axe.run();
  return violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map(({ target, html }) => `${target.join(" ")}: ${html}`),
  }));
}
