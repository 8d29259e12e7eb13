/** What a command is going to write, store by store: compared and decided, or taken up from an earlier apply. */
import type { Decision } from "../../core/session/drift.ts";
import { mergeDecision } from "../../core/session/merge-decision.ts";
import type { CustomPolicy } from "../../core/session/policy-custom.ts";
import type { CommandInput, OnceCommand } from "./command-input.ts";
import { confirmEmptied } from "./confirm.ts";
import { HeadlessError } from "./headless-error.ts";
import type { StoreRun } from "./sync/store-run.ts";

type CustomPolicies = (name: string) => CustomPolicy;

/**
 * @returns the runs that the command is about: of an apply that is resumed or undone, its store's alone
 * @throws HeadlessError "usage"; SessionError
 */
export async function planRuns(
  input: CommandInput<OnceCommand>,
  runs: readonly StoreRun[],
  custom: CustomPolicies,
): Promise<readonly StoreRun[]> {
  const { command, record, resume, signal } = input;
  if (resume !== undefined) return [await recall(runs, resume)];
  if (command === "undo") return [await planUndo(runs, input.undo)];
  if (record !== undefined) await planRecord(runs, record, input);
  else {
    for (const run of runs) {
      await planCompared(run, command, input, custom);
      if (signal.aborted) break;
    }
  }
  return runs;
}

async function planCompared(
  run: StoreRun,
  command: "diff" | "push" | "pull" | "resolve",
  input: CommandInput,
  custom: CustomPolicies,
): Promise<void> {
  const { policy, signal, withFields, fresh } = input;
  const comparison = await run.compare(command === "diff" && !fresh);
  if (signal.aborted) return;
  const accepted = new Set<string>();
  for (const evidence of comparison.emptied) {
    const isAsked = evidence.side === "local" ? command === "push" : command === "pull";
    if (isAsked && (await confirmEmptied(evidence, run.mapping, input))) accepted.add(evidence.side);
  }
  await run.decide({
    command,
    policy,
    settings: run.mapping.settings,
    accepts: ({ side }) => accepted.has(side),
    custom: policy.is === "custom" ? custom(policy.name) : undefined,
    signal,
  });
  if (withFields) await run.readFields();
}

async function planRecord(
  runs: readonly StoreRun[],
  { key, take }: NonNullable<CommandInput["record"]>,
  { withFields }: CommandInput,
): Promise<void> {
  const [run, ...others] = runs;
  if (run === undefined || others.length > 0) {
    throw new HeadlessError("usage", "A --key is of one store: name it with --store.");
  }
  const decision: Decision =
    take === "local" ? { do: "push" } : take === "remote" ? { do: "pull" } : mergeDecision(take.value);
  await run.decideOne(key, decision);
  if (withFields) await run.readFields();
}

async function recall(runs: readonly StoreRun[], applyId: string): Promise<StoreRun> {
  for (const run of runs) {
    if (await run.recall(applyId)) return run;
  }
  throw new HeadlessError("usage", `No apply ${applyId} of these stores and this profile is on record.`);
}

/** @param wanted Which apply; undefined = the newest that is not undone. */
async function planUndo(runs: readonly StoreRun[], wanted: string | undefined): Promise<StoreRun> {
  const histories = await Promise.all(runs.map(async (run) => ({ run, headers: await run.history() })));
  const all = histories.flatMap(({ run, headers }) => headers.map((header) => ({ run, header })));
  const newestFirst = all.sort((a, b) => b.header.startedAt - a.header.startedAt);
  const undone = new Set(newestFirst.map(({ header }) => header.undoes));
  const found = newestFirst.find(({ header: { applyId, kind } }) =>
    wanted === undefined ? kind === "apply" && !undone.has(applyId) : applyId === wanted,
  );
  if (found === undefined) {
    const known = newestFirst.map(({ header }) => header.applyId).join(", ") || "none";
    throw new HeadlessError("usage", `There is no such apply of these stores and this profile: ${known}.`);
  }
  await found.run.planUndo(found.header.applyId);
  return found.run;
}
