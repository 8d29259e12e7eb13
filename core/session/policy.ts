/**
 * What a policy proposes about drift that both sides had a hand in. It only fills in proposals: nothing is
 * written, and whoever shows them tells each one's reason.
 */

import { equalBytes } from "../diff/equal-bytes.ts";
import type { MappingSettings, Policy } from "../mapping/mapping-settings.ts";
import { mergeFields } from "../merge/merge-fields.ts";
import { namesOf } from "../merge/merge-path.ts";
import { NOTHING } from "../merge/slot.ts";
import type { Decision, Drift, EmptiedEvidence } from "./drift.ts";
import type { DriftList } from "./drift-list.ts";
import { mergeDecision } from "./merge-decision.ts";
import {
  type CustomAnswer,
  type CustomConflict,
  type CustomPolicy,
  decideCustomValue,
} from "./policy-custom.ts";
import { isForPolicy } from "./policy-kinds.ts";
import { findNewest } from "./policy-newest.ts";
import { decodeForPolicy, type PolicyBodies, type PolicyValues, readForPolicy } from "./policy-values.ts";
import { messageOf, onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

export interface PolicyProposal {
  /** Which of the drifts that were given. */
  readonly index: number;
  /** "decide" where the policy leaves it to the person. */
  readonly decision: Decision;
  /** In a few words, such as "newest: there, 2 h later". */
  readonly reason: string;
}

export interface ProposeOptions {
  readonly policy: Policy;
  readonly identities?: MappingSettings["identities"];
  /** Of the comparison that the drifts come from. */
  readonly emptied: readonly EmptiedEvidence[];
  /** Runs the function of a custom policy; needed for that one alone. */
  readonly custom?: CustomPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Drifts looked at, of those that the policy is for. */
  readonly onProgress?: ((progress: { readonly done: number; readonly of: number }) => void) | undefined;
}

/** Drifts that are read at a time. */
const BATCH = 500;

/**
 * The proposals of a policy, in the order of the drifts; none for a drift that no policy is for
 * (`isForPolicy`), and none at all from the manual policy. Reads bodies in bounded parts.
 *
 * @throws SessionError "read-failed", "malformed-answer", "base-failed" or "policy-failed"; the signal's reason.
 */
export async function* proposeByPolicy(
  ports: SessionPorts,
  drifts: DriftList,
  options: ProposeOptions,
): AsyncGenerator<readonly PolicyProposal[]> {
  const { policy, emptied, signal, onProgress } = options;
  if (policy.is === "manual") return;
  const wanted: number[] = [];
  drifts.forEach((drift, index) => {
    if (isForPolicy(drift, emptied)) wanted.push(index);
  });
  const decide = await deciderOf(ports, policy, options);
  for (let done = 0; done < wanted.length; ) {
    signal?.throwIfAborted();
    const indexes = wanted.slice(done, done + BATCH);
    const verdicts = await decide(indexes.map((index) => drifts.at(index) as Drift));
    yield verdicts.map((verdict, i) => ({ index: indexes[i] as number, ...verdict }));
    done += verdicts.length;
    onProgress?.({ done, of: wanted.length });
  }
}

interface Verdict {
  readonly decision: Decision;
  readonly reason: string;
}

/** Judges some drifts from the first on: all of them, or as many as can be in memory together. */
type Decider = (drifts: readonly Drift[]) => Promise<readonly Verdict[]>;

const DECIDE: Decision = { do: "decide" };
const PUSH: Decision = { do: "push" };
const PULL: Decision = { do: "pull" };

async function deciderOf(
  ports: SessionPorts,
  policy: Exclude<Policy, { is: "manual" }>,
  options: ProposeOptions,
): Promise<Decider> {
  const { identities = [], signal } = options;
  switch (policy.is) {
    case "localWins":
      return async (drifts) => drifts.map(() => ({ decision: PUSH, reason: "local wins" }));
    case "remoteWins":
      return async (drifts) => drifts.map(() => ({ decision: PULL, reason: "remote wins" }));
    case "newestWins":
      return byValues(ports, signal, (values) => judgeNewest(values, policy.field));
    case "mergeFields":
      return byValues(ports, signal, (values, drift) => judgeMerge(values, drift, identities));
    case "custom":
      return await customDecider(ports, policy.name, options);
  }
}

function byValues(
  ports: SessionPorts,
  signal: AbortSignal | undefined,
  judge: (values: PolicyValues, drift: Drift) => Verdict,
): Decider {
  return async (drifts) => {
    const read = await readForPolicy(ports, drifts, signal);
    return read.map((bodies, i) => {
      const values = typeof bodies === "string" ? bodies : decodeForPolicy(bodies);
      return typeof values === "string" ? undecided(values) : judge(values, drifts[i] as Drift);
    });
  };
}

function undecided(reason: string): Verdict {
  return { decision: DECIDE, reason };
}

function judgeNewest({ local, remote }: PolicyValues, field: readonly string[]): Verdict {
  const newest = findNewest(local, remote, field);
  if (newest.side === "neither") return undecided(newest.why);
  const here = newest.side === "local";
  return { decision: here ? PUSH : PULL, reason: `newest: ${here ? "here" : "there"}, ${newest.how}` };
}

function judgeMerge(
  { base, local, remote }: PolicyValues,
  drift: Drift,
  identities: NonNullable<MappingSettings["identities"]>,
): Verdict {
  if (local === NOTHING) return undecided("removed here, changed there: nothing to merge");
  if (remote === NOTHING) return undecided("changed here, removed there: nothing to merge");
  const merge = mergeFields(base, local, remote, identities);
  if (!merge.merged?.present) {
    const open = merge.fields.filter(({ outcome }) => outcome === "conflict");
    const first = namesOf(open[0]?.path ?? []).join(".") || "the whole record";
    const names = open.length === 1 ? first : `${first} and ${open.length - 1} more`;
    const why = base === NOTHING ? "differ, and no base tells who changed them" : "changed on both sides";
    return undecided(`${names}: ${why}`);
  }
  const from = (side: "local" | "remote") => merge.fields.filter(({ outcome }) => outcome === side).length;
  const reason = `merged: ${from("local")} from here, ${from("remote")} from there`;
  try {
    return { decision: sideThatHasIt(mergeDecision(merge.merged.value), drift), reason };
  } catch (error) {
    return undecided(`the merged record cannot be written: ${messageOf(error)}`);
  }
}

/** A result that one side holds already is that side's. */
function sideThatHasIt(decision: Decision, { local, remote }: Drift): Decision {
  if (decision.do !== "merge") return decision;
  if (equalBytes(decision.digest, local.digest)) return PUSH;
  return equalBytes(decision.digest, remote.digest) ? PULL : decision;
}

async function customDecider(ports: SessionPorts, name: string, options: ProposeOptions): Promise<Decider> {
  const { custom, signal } = options;
  if (!custom) {
    throw new SessionError("policy-failed", `Nothing here can run the policy "${name}".`, { side: "remote" });
  }
  const { schema } = await onSide("local", "read-failed", "Describing the store", () =>
    ports.local.describe(),
  );
  return async (drifts) => {
    const read = await readForPolicy(ports, drifts, signal);
    const asked = askable(drifts, read);
    const answers = await ask(name, custom, asked, signal);
    const answerOf = new Map(asked.map(({ key }, i) => [key, answers[i] as CustomAnswer]));
    return read.map((bodies, i): Verdict => {
      const drift = drifts[i] as Drift;
      if (typeof bodies === "string") return undecided(bodies);
      return judgeAnswer(name, answerOf.get(drift.key) as CustomAnswer, drift, schema.keyPath);
    });
  };
}

function askable(drifts: readonly Drift[], read: readonly (PolicyBodies | string)[]): CustomConflict[] {
  return read.flatMap((bodies, i) =>
    typeof bodies === "string" ? [] : [{ key: (drifts[i] as Drift).key, ...bodies }],
  );
}

async function ask(
  name: string,
  custom: CustomPolicy,
  conflicts: readonly CustomConflict[],
  signal: AbortSignal | undefined,
): Promise<readonly CustomAnswer[]> {
  if (conflicts.length === 0) return [];
  const what = `Running the policy "${name}"`;
  const answers = await onSide("remote", "policy-failed", what, () => custom(conflicts, signal));
  if (answers.length === conflicts.length) return answers;
  throw new SessionError(
    "policy-failed",
    `The policy "${name}" answered ${answers.length} of ${conflicts.length} records.`,
    { side: "remote" },
  );
}

function judgeAnswer(
  name: string,
  answer: CustomAnswer,
  drift: Drift,
  keyPath: string | readonly string[] | null,
): Verdict {
  if ("undecided" in answer) return undecided(`${name}: ${answer.undecided}`);
  if ("take" in answer) {
    const here = answer.take === "local";
    return { decision: here ? PUSH : PULL, reason: `${name}: ${here ? "here" : "there"}` };
  }
  const decision = decideCustomValue(answer.value, drift.key, keyPath);
  if (typeof decision === "string") return undecided(`${name}: ${decision}`);
  return { decision: sideThatHasIt(decision, drift), reason: `${name}: a value of its own` };
}
