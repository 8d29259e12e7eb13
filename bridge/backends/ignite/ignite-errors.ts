/** What a node answers when it refuses, in words, and whether anything can have been written. */
import type { ProtocolErrorCode } from "../../../core/protocol/protocol-error.ts";
import { BackendError } from "../backend-error.ts";

/** Envelope's `successStatus`. */
export const Status = { success: 0, failed: 1, authentication: 2 } as const;

/** H2's codes, at the end of what it says. */
const SQL_CODE = /\[(\d{5})-\d+\]\s*$/;
const TABLE_NOT_FOUND = "42102";
/** Statements that were never run: syntax, table, column, types of values. */
const NOT_RUN = /^(42|22|90)/;

/** What failed is what this answer says, and it is finished. */
const FINISHED = /already in cache|modified concurrently|duplicate key/i;

interface Words {
  readonly pattern: RegExp;
  readonly code: ProtocolErrorCode;
  readonly words: (where: string, said: string) => string;
}

const KNOWN: readonly Words[] = [
  {
    pattern: /cluster is inactive/i,
    code: "backend-unavailable",
    words: (where) =>
      `${where} belongs to a cluster that is inactive: activate it (control.sh --set-state ACTIVE).`,
  },
  {
    pattern: /Failed to find cache|cache (was )?stopped|Cache doesn't exist/i,
    code: "not-set-up",
    words: (where) =>
      `${where} has no tables of Driftscope yet: \`driftscope init CONNECTION\` shows what it would make, and makes it.`,
  },
  {
    pattern: /not authorized|Authorization failed|access denied|SecurityException/i,
    code: "unauthorized",
    words: (where, said) =>
      `${where} does not allow this login to do that: ${said}. Grant the right, or use another login.`,
  },
  {
    pattern: /read-only mode|READ_ONLY/i,
    code: "unauthorized",
    words: (where) =>
      `${where} belongs to a cluster that is read-only now: make it writable (control.sh --set-state ACTIVE).`,
  },
  {
    pattern: /partition.*lost|lost.*partition/i,
    code: "backend-unavailable",
    words: (where, said) => `${where} has lost a part of its data: ${said}. Start the nodes that have it.`,
  },
];

/** @param error The envelope's; a Java stack trace may follow. */
export function refusal(error: unknown, where: string): BackendError {
  const whole = typeof error === "string" ? error : "no reason given";
  const said = firstWords(whole);
  const cause = new Error(whole.slice(0, 2000));
  for (const { pattern, code, words } of KNOWN) {
    if (pattern.test(said)) return new BackendError(code, words(where, said), { cause });
  }
  const sqlCode = SQL_CODE.exec(whole)?.[1];
  if (sqlCode === TABLE_NOT_FOUND) {
    return new BackendError("not-set-up", `${where}: ${said}. \`driftscope init CONNECTION\` makes it.`, {
      cause,
    });
  }
  const nothingWritten = sqlCode !== undefined && NOT_RUN.test(sqlCode);
  return new BackendError("backend-failed", `${where} refused the request: ${said}.`, {
    cause,
    nothingWritten,
  });
}

/** Whether what a failed statement wrote is there now, and nothing of it comes later. */
export function isFinished(error: unknown): boolean {
  const said = error instanceof BackendError && error.cause instanceof Error ? error.cause.message : "";
  return FINISHED.test(said);
}

function firstWords(whole: string): string {
  const [first = whole] = whole.split(/, trace=|; SQL statement:|\n/, 1);
  return first.trim().replace(/\.$/, "");
}
