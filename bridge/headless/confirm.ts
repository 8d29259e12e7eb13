/** Whether a person allows what is about to be written. The level of the connection decides what that takes. */
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { EmptiedEvidence } from "../../core/session/drift.ts";
import type { Confirmation, Plan } from "../../core/session/plan.ts";
import { findPlanWarnings } from "../../core/session/plan-warnings.ts";
import type { SessionPorts } from "../../core/session/session-ports.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";
import type { StoreMapping } from "./sync/store-run.ts";
import { warningWords } from "./warning-words.ts";

/** One store's plan, and what it writes to. */
export interface Planned {
  readonly mapping: StoreMapping;
  readonly plan: Plan;
  readonly ports: SessionPorts;
}

const EXPLAIN_YES = "Give --yes, or start the command on a terminal to be asked.";

export interface Answer {
  /** The names that were typed, on the terminal or with --confirm. */
  readonly names: readonly string[];
  /** False where nothing was asked, because there is nothing that would have to be: a dry run, or no writes. */
  readonly mayWrite: boolean;
}

/**
 * Asks once about everything that the command will write, and for the name of each place that loses more
 * records than the limit.
 *
 * @param made Stores whose collections will be made.
 * @throws HeadlessError "not-allowed"; SessionError "read-failed" where it asks
 */
export async function confirmPlans(
  planned: readonly Planned[],
  made: readonly { readonly mapping: StoreMapping }[],
  connection: ConnectionInfo,
  input: CommandInput,
): Promise<Answer> {
  const writes = planned.filter(({ plan }) => plan.operations.some(({ side }) => side !== "base"));
  requireLevel(writes, made.length, connection);
  if (input.dryRun) return { names: [], mayWrite: false };
  const { terminal, signal } = input;
  const names = [...input.confirmed];
  for (const { plan } of writes) {
    for (const confirmation of plan.confirmations) {
      if (!names.includes(confirmation.name)) names.push(await typedName(confirmation, input));
    }
  }
  if (connection.level === "unattended" || input.yes) return { names, mayWrite: true };
  if (writes.length + made.length === 0) return { names, mayWrite: false };
  const words = [
    ...made.map(({ mapping }) => `  collection "${mapping.collection}" of "${connection.name}": is made`),
    ...(await Promise.all(writes.map((one) => describeWithWarnings(one, connection, signal)))),
  ].join("\n");
  if (!terminal.isInteractive) {
    throw new HeadlessError(
      "not-allowed",
      `The connection "${connection.name}" wants every apply confirmed. ${EXPLAIN_YES}\n${words}`,
    );
  }
  const answer = await terminal.ask(`${words}\nWrite this? [y/N] `, signal);
  if (/^y(es)?$/i.test(answer.trim())) return { names, mayWrite: true };
  throw new HeadlessError("not-allowed", "Nothing was written.");
}

/** Rule 7: the name of the place that would lose the records, or they stay. */
export async function confirmEmptied(
  evidence: EmptiedEvidence,
  mapping: StoreMapping,
  input: CommandInput,
): Promise<boolean> {
  const name = evidence.side === "local" ? mapping.collection : mapping.store;
  if (input.confirmed.includes(name)) return true;
  const { terminal, signal } = input;
  const [here, there] = evidence.side === "local" ? ["page", "backend"] : ["backend", "page"];
  const told = `The ${here} may have been ${whatHappened(evidence)}: ${evidence.gone} of ${evidence.of} records that were equal once are gone from it.`;
  const quoted = JSON.stringify(name);
  if (!terminal.isInteractive || input.dryRun) {
    terminal.note(`${told} The ${there} keeps what it has; with --confirm ${quoted} it follows.`);
    return false;
  }
  const question = `${told}\nType ${quoted} to let the ${there} follow, or press Enter to leave it as it is: `;
  return (await terminal.ask(question, signal)).trim() === name;
}

function whatHappened({ reasons }: EmptiedEvidence): string {
  if (reasons.some(({ is }) => is === "wentBack")) return "put back to an older state";
  return reasons.every(({ is }) => is === "manyGone") ? "emptied" : "deleted and made anew";
}

async function typedName(
  { side, name, deletes }: Confirmation,
  { terminal, signal }: CommandInput,
): Promise<string> {
  const where = side === "local" ? "the page's store" : "the collection";
  const told = `This deletes ${deletes.toLocaleString("en")} records of ${where} "${name}".`;
  if (terminal.isInteractive) {
    const answer = await terminal.ask(`${told}\nType its name to confirm: `, signal);
    if (answer.trim() === name) return name;
    throw new HeadlessError("not-allowed", "That is not its name. Nothing was written.");
  }
  throw new HeadlessError("not-allowed", `${told} Nothing was written: confirm it with --confirm "${name}".`);
}

function requireLevel(writes: readonly Planned[], made: number, { name, level }: ConnectionInfo): void {
  if (level !== "read-only") return;
  const writesThere = writes.some(({ plan }) => plan.operations.some(({ side }) => side === "remote"));
  if (made === 0 && !writesThere) return;
  throw new HeadlessError(
    "not-allowed",
    `The connection "${name}" is read-only: its level in the config file says so. Nothing was written.`,
  );
}

async function describeWithWarnings(
  { mapping, plan, ports }: Planned,
  connection: ConnectionInfo,
  signal: AbortSignal,
): Promise<string> {
  const warnings = await findPlanWarnings(ports, plan, { ignore: mapping.settings.ignore, signal });
  const lines = warnings.map((warning) => `    ${warningWords(warning, mapping)}`);
  return [describeWrites(mapping, plan, connection), ...lines].join("\n");
}

function describeWrites(mapping: StoreMapping, { counts }: Plan, connection: ConnectionInfo): string {
  const places = [
    ["remote", `collection "${mapping.collection}" of "${connection.name}"`],
    ["local", `store "${mapping.store}" of the page's database "${mapping.database}"`],
  ] as const;
  return places
    .map(([side, place]) => {
      const words = (["create", "replace", "delete"] as const)
        .filter((action) => counts[side][action] > 0)
        .map((action) => `${action} ${counts[side][action].toLocaleString("en")}`);
      return words.length === 0 ? "" : `  ${place}: ${words.join(", ")}`;
    })
    .filter((line) => line !== "")
    .join("\n");
}
