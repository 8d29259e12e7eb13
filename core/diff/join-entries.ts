/** Three ordered streams of entries, joined by key: the classic merge join, a batch at a time. */
import type { EntryBatch } from "../batch/entry-batch.ts";
import { compareKeysAt } from "../batch/entry-batch-access.ts";
import { EntryCursor } from "./entry-cursor.ts";

export interface JoinSources {
  readonly local: AsyncIterable<EntryBatch>;
  readonly remote: AsyncIterable<EntryBatch>;
  readonly base: AsyncIterable<EntryBatch>;
}

/**
 * What the three sources hold under one key: an index into a batch, and no batch where the source has no
 * entry. The join reuses one row for all keys: it is only valid during `visit`.
 */
export interface JoinRow {
  local: EntryBatch | undefined;
  localAt: number;
  remote: EntryBatch | undefined;
  remoteAt: number;
  base: EntryBatch | undefined;
  baseAt: number;
}

export interface JoinVisitor {
  /** Called once for every key that any source has, in key order. Answers whether it wants a pause. */
  visit(row: JoinRow): boolean;
  /** Awaited after such an answer and before more is read: back pressure. */
  pause(): Promise<void>;
}

/**
 * Joins the sources; all three are read at the same time. What is visited does not depend on how the sources
 * cut their batches.
 *
 * @throws DiffError naming the source that failed or is not in order, the signal's reason once it aborts, and
 *   whatever the visitor throws. All rows visited until then hold.
 */
export async function joinEntries(
  sources: JoinSources,
  visitor: JoinVisitor,
  signal?: AbortSignal,
): Promise<void> {
  const local = new EntryCursor("local", sources.local, signal);
  const remote = new EntryCursor("remote", sources.remote, signal);
  const base = new EntryCursor("base", sources.base, signal);
  const cursors = [local, remote, base];
  try {
    for (;;) {
      await Promise.all(cursors.map((cursor) => cursor.refill()));
      if (cursors.every((cursor) => cursor.ended)) return;
      visitRun(local, remote, base, visitor);
      await visitor.pause();
    }
  } finally {
    for (const cursor of cursors) cursor.close();
  }
}

/** Visits rows until a cursor needs its next batch or the visitor wants a pause; never waits. */
function visitRun(local: EntryCursor, remote: EntryCursor, base: EntryCursor, visitor: JoinVisitor): void {
  const row: JoinRow = {
    local: undefined,
    localAt: 0,
    remote: undefined,
    remoteAt: 0,
    base: undefined,
    baseAt: 0,
  };
  while (!local.exhausted && !remote.exhausted && !base.exhausted) {
    // The lowest key of the three, and who has it.
    let first = local;
    let atLocal = !local.ended;
    let atRemote = false;
    let atBase = false;
    if (!remote.ended) {
      const order = atLocal ? compare(remote, local) : -1;
      atRemote = order <= 0;
      if (order < 0) {
        first = remote;
        atLocal = false;
      }
    }
    if (!base.ended) {
      const order = atLocal || atRemote ? compare(base, first) : -1;
      atBase = order <= 0;
      if (order < 0) {
        atLocal = false;
        atRemote = false;
      }
    }
    if (!atLocal && !atRemote && !atBase) return;
    row.local = atLocal ? local.batch : undefined;
    row.localAt = local.index;
    row.remote = atRemote ? remote.batch : undefined;
    row.remoteAt = remote.index;
    row.base = atBase ? base.batch : undefined;
    row.baseAt = base.index;
    if (atLocal) local.index++;
    if (atRemote) remote.index++;
    if (atBase) base.index++;
    if (visitor.visit(row)) return;
  }
}

function compare(a: EntryCursor, b: EntryCursor): number {
  return compareKeysAt(a.batch, a.index, b.batch, b.index);
}
