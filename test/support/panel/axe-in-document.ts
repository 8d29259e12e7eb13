import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeRules, AxeViolation } from "./panel-driver.ts";

/** axe-core's source, to be run in the document under test before `runAxe`. */
export const axeSource: string = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** The rules that a theme can break: the others read the same document in every theme. */
const COLORS = ["color-contrast", "link-in-text-block"];

interface AxeGlobal {
  readonly axe: {
    run(options?: { readonly runOnly: readonly string[] }): Promise<{
      violations: { id: string; help: string; nodes: { target: unknown[]; html: string }[] }[];
    }>;
  };
}

/** What `runAxe` is given: undefined for all rules. */
export function namesOf(rules: AxeRules | undefined): readonly string[] | undefined {
  return rules === "colors" ? COLORS : undefined;
}

/** Sent as text into the document: whether axe-core has run there. */
export function hasAxe(): boolean {
  return "axe" in globalThis;
}

/** Sent as text into the document, where axe-core has run. */
export async function runAxe(rules: readonly string[] | null | undefined): Promise<AxeViolation[]> {
  const { axe } = globalThis as unknown as AxeGlobal;
  const { violations } = await (rules ? axe.run({ runOnly: rules }) : axe.run());
  return violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map(({ target, html }) => `${target.join(" ")}: ${html}`),
  }));
}
