/** The words of policies and of what they decided. */
import type { Policy } from "../../../core/mapping/mapping-settings.ts";
import type { BulkReach, BulkResult, BulkStep } from "../worker/api.ts";
import { count, plural } from "./numbers.ts";
import { formatPath } from "./path-input.ts";

/** Such as "Newest by meta.at". */
export function policyWords(policy: Policy): string {
  switch (policy.is) {
    case "manual":
      return "Manual";
    case "localWins":
      return "Local wins";
    case "remoteWins":
      return "Remote wins";
    case "newestWins":
      return `Newest by ${formatPath(policy.field)}`;
    case "mergeFields":
      return "Merge fields";
    case "custom":
      return `Function ${policy.name}`;
  }
}

export function stepWords(step: BulkStep): string {
  switch (step.do) {
    case "push":
      return "All shown: push";
    case "pull":
      return "All shown: pull";
    case "leave":
      return "All shown: leave";
    case "propose":
      return policyWords(step.policy);
  }
}

/** Such as "3 push, 2 pull, 1 left to you". */
export function resultWords({ decisions }: BulkResult): string {
  const parts = [
    [decisions.push, "push"],
    [decisions.pull, "pull"],
    [decisions.merge, "merged"],
    [decisions.leave, "leave"],
    [decisions.decide, "left to you"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, words]) => `${count(n)} ${words}`);
  return said.length === 0 ? "nothing to decide" : said.join(", ");
}

/** Such as "12 conflicts, 3 different without a base". */
export function kindCountsWords(counts: BulkReach["forPolicy"]): string {
  const { conflict = 0, different = 0 } = counts;
  const parts = [
    ...(conflict > 0 ? [plural(conflict, "conflict")] : []),
    ...(different > 0 ? [`${count(different)} different without a base`] : []),
  ];
  return parts.length === 0 ? "none" : parts.join(", ");
}

export function sumOf(counts: BulkReach["forPolicy"]): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** Why a policy left rows to the person, with how many each. */
export function leftWords({ decisions, left }: BulkResult): string {
  const said = left.map(({ reason, count: n }) => `${reason} (${count(n)})`);
  const rest = decisions.decide - left.reduce((sum, { count: n }) => sum + n, 0);
  return [...said, ...(rest > 0 ? [`other reasons (${count(rest)})`] : [])].join("; ");
}
