import { type EntryBatch, EntryState } from "../../../../core/batch/entry-batch.ts";
import { digestsEqualAt, stateAt } from "../../../../core/batch/entry-batch-access.ts";
import { type JoinRow, joinEntries } from "../../../../core/diff/join-entries.ts";
import type { BaseStore, LocalStore } from "../../../../core/session/ports.ts";
import type { Behind } from "./keep-state.ts";

/**
 * What the page did since both sides were last known to be equal, without asking the remote; undefined where nothing
 * was ever known of all its records.
 *
 * @throws DiffError; whatever page and base throw.
 */
export async function behindBase(
  local: Pick<LocalStore, "scan">,
  base: Pick<BaseStore, "scan" | "completeAt">,
  signal: AbortSignal,
): Promise<Behind | undefined> {
  if ((await base.completeAt()) === undefined) return undefined;
  const behind = { added: 0, changed: 0, removed: 0 };
  await joinEntries(
    { local: local.scan({ signal }), base: base.scan({ signal }), remote: nothing() },
    {
      visit: (row) => {
        const change = changeOf(row);
        if (change !== undefined) behind[change]++;
        return false;
      },
      pause: async () => undefined,
    },
    signal,
  );
  return behind;
}

/** What the page did to a record since the base; undefined where nothing is known of that. */
export function changeOf({ local, localAt, base, baseAt }: JoinRow): keyof Behind | undefined {
  const before = base === undefined ? undefined : stateAt(base, baseAt);
  // Of these records the base knows nothing.
  if (before === EntryState.noBase) return undefined;
  const wasThere = before === EntryState.present;
  if (local === undefined) return wasThere ? "removed" : undefined;
  if (stateAt(local, localAt) !== EntryState.present) return undefined;
  if (!wasThere) return "added";
  return digestsEqualAt(local, localAt, base as EntryBatch, baseAt) ? undefined : "changed";
}

async function* nothing(): AsyncGenerator<EntryBatch> {}
