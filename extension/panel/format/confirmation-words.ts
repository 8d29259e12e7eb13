/** What came of a record when it was last to be written, in words. */
import type { ConfirmedOperation, LastConfirmation } from "../../local/last-confirmation.ts";
import { clockSeconds, count, day, fullTime, plural } from "./numbers.ts";

export interface ConfirmationWords {
  readonly status: ConfirmedOperation["outcome"]["status"] | "none";
  readonly text: string;
  readonly title: string;
}

/** One for each side that was to be written; one that says so where nothing is known. */
export function confirmationWords(found: LastConfirmation, now = Date.now()): readonly ConfirmationWords[] {
  if (found.is === "none") return [noneWords(found)];
  const when = clockSeconds(found.at, now);
  const by = found.by === undefined ? "" : `, by ${found.by}`;
  return found.operations.map((operation) => {
    const what = doneWords(operation, found.kind === "undo");
    const text = `${what} ${when}: ${outcomeWords(operation)}`;
    return { status: operation.outcome.status, text, title: `${text}\n${fullTime(found.at)}${by}` };
  });
}

function doneWords({ side, action }: ConfirmedOperation, isUndo: boolean): string {
  if (side === "base") return "Base renewed";
  const way = side === "remote" ? "push" : "pull";
  const where = side === "remote" ? "there" : "here";
  const words = action === "delete" ? `Deletion ${where}` : way === "push" ? "Push" : "Pull";
  return isUndo ? `Undo, ${words.toLowerCase()}` : words;
}

function outcomeWords({ outcome }: ConfirmedOperation): string {
  switch (outcome.status) {
    case "applied":
      return outcome.token === undefined ? "applied" : `applied at version ${outcome.token}`;
    case "conflict":
      return "conflict, it had changed since it was seen";
    case "rejected":
      return `rejected because ${lowerFirst(outcome.reason)}`;
    case "superseded":
      return "superseded, another write came after it";
    case "unknown":
      return `no answer yet: ${lowerFirst(outcome.reason)}`;
    case "notRun":
      return `not run: ${lowerFirst(outcome.reason)}`;
  }
}

function noneWords({ applies, since, more }: Extract<LastConfirmation, { is: "none" }>): ConfirmationWords {
  const text =
    applies === 0 || since === undefined
      ? "Never written from here, as far as the history is kept"
      : more
        ? `Not written since ${day(since)}: in none of the last ${count(applies)} applies. Older ones were not looked at`
        : `Not written in any apply of the history (${plural(applies, "apply", "applies")}, since ${day(since)})`;
  return { status: "none", text, title: text };
}

/** Goes on in a sentence; a name in capitals stays. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
