/**
 * What became of a transaction whose commit had no answer, when it has ended and the log was read past its records.
 *
 * It is one thing: all of its records are in the log, or none. Where each of them lies was told when it was sent. So any
 * one of them that was read at its place proves the commit, and any one whose key's record is older, that there was none. Where
 * somebody has written over all of them since, a version before theirs tells, as its number is given once; where they
 * have done so more than once, and compaction has taken away what they wrote over, nobody can tell.
 */
import type { BackendWrite } from "../backend.ts";
import { keyText } from "../shared/key-text.ts";
import { slotOf } from "../shared/tokens.ts";
import type { SqliteFile } from "../sqlite/driver.ts";
import type { Tables } from "./materialization.ts";
import { META_KEY, type TopicRow } from "./record-format.ts";

const META_TEXT = keyText(META_KEY);

/** A record that was sent. */
export interface SentRecord {
  readonly operation: BackendWrite;
  readonly token: string;
  readonly offset: number;
}

export class LostTransaction {
  readonly #sent: readonly SentRecord[];
  readonly #tokens: ReadonlyMap<number, string>;
  #wasSeen = false;

  constructor(sent: readonly SentRecord[]) {
    this.#sent = sent;
    this.#tokens = new Map(sent.map(({ offset, token }) => [offset, token]));
  }

  /** A record that was read from the log. */
  saw({ offset, version }: Pick<TopicRow, "offset" | "version">): void {
    if (this.#tokens.get(offset) === version) this.#wasSeen = true;
  }

  /** Undefined where nobody can tell. */
  isCommitted(file: SqliteFile, tables: Tables): boolean | undefined {
    if (this.#wasSeen) return true;
    let told: boolean | undefined;
    for (const sent of this.#sent) {
      const proof = proofOf(file, tables, sent);
      if (proof !== undefined) return proof;
      told ??= toldBy(file, tables, sent);
    }
    return told;
  }
}

/** By what is there where nobody has written over it since. */
function proofOf(
  file: SqliteFile,
  tables: Tables,
  { operation, token, offset }: SentRecord,
): boolean | undefined {
  const { key } = operation;
  const [version, , at] = rowOf(file, tables, key) ?? [];
  if (at === undefined) {
    // Never there, or forgotten since.
    const forgotten = file.statement(`SELECT seq FROM ${tables.forgotten} WHERE key = ?`).get([key]);
    return forgotten === undefined || Number(forgotten[0]) < offset ? false : undefined;
  }
  if (Number(at) > offset) return undefined;
  return Number(at) === offset && version === token;
}

/** By what somebody has written over it, or in its place. */
function toldBy(file: SqliteFile, tables: Tables, { operation, token }: SentRecord): boolean | undefined {
  const [version, prevOpId] = rowOf(file, tables, operation.key) ?? [];
  if (prevOpId === operation.opId) return true;
  const isInItsPlace = version !== undefined && slotOf(String(version)) === slotOf(token);
  return isInItsPlace ? false : undefined;
}

function rowOf(file: SqliteFile, { records, description }: Tables, key: Uint8Array) {
  const table = keyText(key) === META_TEXT ? description : records;
  return file.statement(`SELECT version, prevOpId, seq FROM ${table} WHERE key = ?`).get([key]);
}
