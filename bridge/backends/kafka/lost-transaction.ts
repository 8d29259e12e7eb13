/**
 * What became of a transaction whose commit had no answer, when it has ended and the log was read to its end.
 *
 * It is one thing: all of its records are in the log, or none. So any one of them that is seen proves the commit, whoever
 * has written over it; and any one whose place is free, or was taken by somebody else, proves that there was none, since a version's
 * number is given once. Where others have written over all of them, and compaction has taken away what they wrote over,
 * nobody can tell.
 */
import type { BackendWrite } from "../backend.ts";
import { keyText } from "../shared/key-text.ts";
import { slotOf } from "../shared/tokens.ts";
import type { SqliteFile } from "../sqlite/driver.ts";
import type { PendingWrite, Verdict } from "./judge-writes.ts";
import type { Tables } from "./materialization.ts";
import { META_KEY } from "./record-format.ts";

const META_TEXT = keyText(META_KEY);

interface Sent {
  readonly operation: BackendWrite;
  readonly token: string;
}

export class LostTransaction {
  readonly #sent: readonly Sent[];
  readonly #tokens: ReadonlySet<string>;
  #wasSeen = false;

  constructor(writes: readonly PendingWrite[], verdicts: readonly Verdict[]) {
    this.#sent = writes.flatMap(({ operation }, i) => {
      const verdict = verdicts[i];
      return verdict?.is === "accepted" ? [{ operation, token: verdict.token }] : [];
    });
    this.#tokens = new Set(this.#sent.map(({ token }) => token));
  }

  /** A version that was read from the log. */
  saw(version: string): void {
    if (this.#tokens.has(version)) this.#wasSeen = true;
  }

  /** Undefined where nobody can tell. */
  isCommitted(file: SqliteFile, { records, description }: Tables): boolean | undefined {
    if (this.#wasSeen) return true;
    let isProvenNot = false;
    for (const { operation, token } of this.#sent) {
      const { key, expect, opId } = operation;
      const table = keyText(key) === META_TEXT ? description : records;
      const row = file.statement(`SELECT version, prevOpId FROM ${table} WHERE key = ?`).get([key]);
      const version = row === undefined ? null : String(row[0]);
      if (version !== null && this.#tokens.has(version)) return true;
      if (row?.[1] === opId) return true;
      isProvenNot ||= version === expect || slotOf(version) === slotOf(token);
    }
    return isProvenNot ? false : undefined;
  }
}
