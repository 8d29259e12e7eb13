import type * as v from "valibot";

/**
 * Of a value that is none of several shapes: what is wrong inside of the one that it comes closest to, which says more
 * than that it is none of them. The issue itself where nothing inside was looked at.
 */
export function deepestIssue<Issue extends v.BaseIssue<unknown>>(issue: Issue): Issue {
  let deepest = issue;
  for (const inside of issue.issues ?? []) {
    const found = deepestIssue(inside as Issue);
    if ((found.path?.length ?? 0) < 2) continue;
    const path = [...(issue.path ?? []), ...(found.path ?? [])] as Issue["path"];
    if ((path?.length ?? 0) > (deepest.path?.length ?? 0)) deepest = { ...found, path };
  }
  return deepest;
}
