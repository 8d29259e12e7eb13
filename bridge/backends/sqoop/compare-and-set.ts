/** Compare-and-sets of document mode: operations of all calls that wait go in one batch. */
import { toHex } from "../../../core/key/hex.ts";
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { lookAtMissed } from "../shared/missed-writes.ts";
import type { FindWindow } from "../shared/record-windows.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import { opIdOf, tokenAfter } from "../shared/tokens.ts";
import type { Dialect, RecordsOf } from "./dialects/dialect.ts";
import type { CollectionRecords } from "./find-records.ts";
import type { Inbox } from "./inbox.ts";
import { recordOf } from "./record-rows.ts";
import { Together } from "./together.ts";

/** Of one export: about 50,000 records of 250 bytes. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** A call's operations, as the merge takes them. */
interface EncodedCall {
  readonly operations: readonly string[];
  readonly bytes: number;
}

/** What the merge answers for one operation, without its number. */
type MergeRow = readonly unknown[];

export class CollectionMerges {
  readonly #together: Together<EncodedCall, readonly MergeRow[]>;

  constructor(inbox: Inbox, dialect: Dialect) {
    this.#together = new Together<EncodedCall, readonly MergeRow[]>({
      run: (calls) => mergeCalls(inbox, dialect, calls),
      maxSize: MAX_BATCH_BYTES,
      sizeOf: ({ bytes }) => bytes,
    });
  }

  /** One outcome an operation, in order; no key comes twice. */
  async write(
    target: { readonly records: CollectionRecords; readonly writer: string; readonly find: FindWindow },
    operations: readonly BackendWrite[],
  ): Promise<BackendOutcome[]> {
    const { records, writer, find } = target;
    const outcomes = new Map<string, BackendOutcome>();
    const missed: BackendWrite[] = [];
    const sent: { readonly operation: BackendWrite; readonly token: string }[] = [];
    for (const operation of operations) {
      const token = tokenAfter(operation.expect, operation.opId);
      // What can be no version of ours is expected by nothing that is there.
      if (token === undefined) missed.push(operation);
      else sent.push({ operation, token });
    }
    const rows = sent.length === 0 ? [] : await this.#merge(records, writer, sent);
    sent.forEach(({ operation, token }, i) => {
      const [said, ...current] = rows[i] ?? [];
      if (said === "gone") throw unknownCollection(records.name);
      if (said === "applied") outcomes.set(operation.opId, { status: "applied", token });
      else if (current.length === 0) missed.push(operation);
      else outcomes.set(operation.opId, { status: "missed", current: currentOf(current) });
    });
    await lookAtMissed(missed, find, outcomes);
    return operations.map(({ opId }) => outcomes.get(opId) ?? UNANSWERED);
  }

  #merge(
    records: RecordsOf,
    writer: string,
    sent: readonly { readonly operation: BackendWrite; readonly token: string }[],
  ): Promise<readonly MergeRow[]> {
    const operations = sent.map(({ operation, token }) => encoded(records, operation, token, writer));
    const bytes = operations.reduce((sum, { length }) => sum + length, 0);
    return this.#together.add({ operations, bytes });
  }
}

const UNANSWERED: BackendOutcome = { status: "unknown", reason: "No answer came for this operation." };

async function mergeCalls(
  inbox: Inbox,
  dialect: Dialect,
  calls: readonly EncodedCall[],
): Promise<MergeRow[][]> {
  const bySeq = new Map<unknown, MergeRow>();
  const all = calls.flatMap(({ operations }) => operations);
  const answer = await inbox.merge(all, (batch, count) => dialect.merge(batch, count));
  for (const [seq, ...row] of answer) bySeq.set(seq, row);
  let seq = 0;
  return calls.map(({ operations }) => operations.map(() => bySeq.get(seq++) ?? []));
}

/** @param cells key and, where there is a row of it, the rest of it. */
function currentOf(cells: readonly unknown[]): ReturnType<typeof recordOf> {
  if (cells.length > 1) return recordOf(cells);
  const { key } = recordOf([cells[0], "1.x", null, Deleted.neverThere]);
  return { key, state: "absent" };
}

/** As the function of the database reads it. */
function encoded({ incarnation }: RecordsOf, operation: BackendWrite, token: string, writer: string): string {
  const { opId, key, expect, write } = operation;
  const isPut = typeof write === "object";
  return JSON.stringify({
    c: incarnation,
    k: toHex(key),
    e: expect,
    v: token,
    i: opId,
    p: expect === null ? null : (opIdOf(expect) ?? ""),
    w: writer,
    d: isPut ? Deleted.no : write === "delete" ? Deleted.yes : Deleted.neverThere,
    ...(isPut ? { g: toHex(write.digest), b: Buffer.from(write.body).toString("base64") } : {}),
  });
}
