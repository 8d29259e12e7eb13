import type { EntryBatch } from "../../../../core/batch/entry-batch.ts";
import { keyAt } from "../../../../core/batch/entry-batch-access.ts";
import { joinEntries } from "../../../../core/diff/join-entries.ts";
import type { BaseStore, LocalStore } from "../../../../core/session/ports.ts";
import { changeOf } from "../keep/behind-base.ts";

/** As many were found as were wanted. */
class Enough extends Error {}

/**
 * Keys of records that the page added, changed or removed since both sides were last known to be equal; none where nothing
 * was ever known of all its records.
 *
 * @param after Those behind this key alone.
 * @param most Found, about.
 * @returns With `next`, behind which there may be more.
 * @throws DiffError; whatever page and base throw.
 */
export async function changedKeys(
  {
    local,
    base,
  }: {
    readonly local: Pick<LocalStore, "scan">;
    readonly base: Pick<BaseStore, "scan" | "completeAt">;
  },
  after: Uint8Array | undefined,
  most: number,
  signal: AbortSignal,
): Promise<{ readonly keys: readonly Uint8Array[]; readonly next?: Uint8Array }> {
  if ((await base.completeAt()) === undefined) return { keys: [] };
  const keys: Uint8Array[] = [];
  try {
    await joinEntries(
      { local: local.scan({ after, signal }), base: base.scan({ after, signal }), remote: nothing() },
      {
        visit: (row) => {
          if (changeOf(row) !== undefined) {
            const [batch, at] = row.local === undefined ? [row.base, row.baseAt] : [row.local, row.localAt];
            keys.push(keyAt(batch as EntryBatch, at).slice());
          }
          return keys.length >= most;
        },
        pause: async () => {
          if (keys.length >= most) throw new Enough();
        },
      },
      signal,
    );
    return { keys };
  } catch (error) {
    const next = keys.at(-1);
    if (error instanceof Enough && next !== undefined) return { keys, next };
    throw error;
  }
}

async function* nothing(): AsyncGenerator<EntryBatch> {}
