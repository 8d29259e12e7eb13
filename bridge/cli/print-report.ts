/** A command's report in words. */
import type { DriftReport, Report, StoreReport } from "../headless/report/report-schema.ts";

/** Drift that is listed; --json lists all of it. */
const LISTED = 20;

const KIND_WORDS: Readonly<Record<DriftReport["kind"], string>> = {
  equal: "equal",
  addedHere: "added here",
  addedThere: "added there",
  changedHere: "changed here",
  changedThere: "changed there",
  removedHere: "removed here",
  removedThere: "removed there",
  conflict: "in conflict",
  converged: "equal again",
  onlyHere: "only here",
  onlyThere: "only there",
  different: "different, no base",
  unreadable: "unreadable",
  moving: "moving",
  notRepresentable: "not representable there",
  leftScope: "out of scope",
};

export function reportLines(report: Report): string[] {
  return [
    ...report.stores.flatMap((store) => storeLines(report, store)),
    ...(report.cancelled ? ["Cancelled."] : []),
  ];
}

function storeLines(report: Report, store: StoreReport): string[] {
  const { collectionExists, collection, database, complete, extent, apply } = store;
  const head = `${database}/${store.store} ⇄ ${report.connection}/${collection}`;
  const notes = [
    ...(collectionExists ? [] : ["nothing was pushed there yet"]),
    ...(store.databaseCreated ? ["the page's database was made"] : []),
    ...(complete ? [] : ["compared in part"]),
    ...(extent?.is === "full" && extent.detail !== undefined ? [extent.detail] : []),
    ...(extent?.is === "full" && extent.remoteAsOf !== undefined ? [asOfWords(extent.remoteAsOf)] : []),
  ];
  const lines = [`${head}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`, `  ${countsOf(store)}`];
  if (report.command === "diff") lines.push(...driftLines(store));
  if (apply !== undefined) lines.push(`  ${outcomesOf(report, apply)}`);
  for (const { key, status, reason } of apply?.notApplied.slice(0, LISTED) ?? []) {
    lines.push(`    ${JSON.stringify(key)}  ${status}${reason === undefined ? "" : `: ${reason}`}`);
  }
  if (apply?.stopped !== undefined) lines.push(`  stopped: ${apply.stopped.reason}`);
  if (report.command !== "diff" && store.left > 0) {
    lines.push(`  ${store.left.toLocaleString("en")} left: \`driftscope diff\` lists them`);
  }
  return lines;
}

/** @param at As Date.toISOString writes it. */
function asOfWords(at: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const age = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `the remote as of ${at}, ${age} ago: --fresh reads it again`;
}

function countsOf({ counts }: StoreReport): string {
  const words = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count.toLocaleString("en")} ${KIND_WORDS[kind as DriftReport["kind"]]}`);
  return words.join(" · ") || "no records";
}

function driftLines({ drifts }: StoreReport): string[] {
  const lines = drifts.slice(0, LISTED).map(({ key, kind, fields, decision, reason }) => {
    const names = fields?.map((path) => path.join(".") || "whole record").join(", ");
    const parts = [names, reason].filter((part) => part !== undefined);
    const detail = parts.length > 0 ? `  ${parts.join("; ")}` : "";
    return `    ${JSON.stringify(key)}  ${KIND_WORDS[kind]}${detail}  → ${decision}`;
  });
  const more = drifts.length - LISTED;
  return more > 0 ? [...lines, `    and ${more.toLocaleString("en")} more: --json lists all`] : lines;
}

function outcomesOf({ dryRun }: Report, { outcomes, applyId }: NonNullable<StoreReport["apply"]>): string {
  const words = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count.toLocaleString("en")} ${status === "notRun" ? "not run" : status}`);
  const what = words.join(" · ") || "nothing to write";
  return dryRun ? `dry run, nothing written: ${what}` : `${what}  (apply ${applyId})`;
}
