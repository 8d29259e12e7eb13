/** The stores that a command is about, opened on both sides. */
import type { LocalStore } from "../../core/session/ports.ts";
import { AbsentLocalStore } from "./absent-local-store.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";
import type { OpenedPlaces } from "./open-places.ts";
import { mappingOf, openStore } from "./open-stores.ts";
import { ProgressLine } from "./progress-line.ts";
import { type StoreMapping, StoreRun } from "./sync/store-run.ts";
import { type WantedStore, wantedStores } from "./wanted-stores.ts";

/** At least one. @throws HeadlessError "usage"; AgentError; ProtocolError */
export async function openRuns(input: CommandInput, places: OpenedPlaces): Promise<StoreRun[]> {
  const { signal, terminal, dryRun } = input;
  const { connection, restored } = places;
  const runs: StoreRun[] = [];
  const skipped: string[] = [];
  for (const { name, count = 0 } of await storesOf(input, places)) {
    const mapping = mappingOf(input, name);
    const opened = await openStore(mapping, localOf(input, places, mapping), places, input);
    if (opened === undefined) {
      skipped.push(mapping.collection);
      continue;
    }
    const { local, remote, base, collectionExists } = opened;
    const there = connection.collections?.find((one) => one.name === mapping.collection)?.count ?? 0;
    const progress = new ProgressLine(`${mapping.database}/${name}`, Math.max(count, there) || undefined);
    runs.push(
      new StoreRun({
        mapping,
        ports: { local, remote, base },
        collectionExists,
        databaseCreated: restored !== undefined && !dryRun,
        signal,
        onCompareProgress: (compared) => terminal.progress(progress.compared(compared)),
        onApplyProgress: (applied) => terminal.progress(progress.applied(applied)),
      }),
    );
  }
  if (runs.length === 0) throw noCollection(connection.name, skipped);
  for (const name of skipped) terminal.note(`Left out: nothing was pushed to the collection "${name}" yet.`);
  return runs;
}

function localOf(
  { dryRun }: CommandInput,
  { page, restored }: OpenedPlaces,
  { database, store, settings }: StoreMapping,
): LocalStore {
  const local = page.store(database, store, settings);
  return restored === undefined || !dryRun ? local : new AbsentLocalStore(local.identity, restored);
}

async function storesOf(
  input: CommandInput,
  { page, restored }: OpenedPlaces,
): Promise<readonly WantedStore[]> {
  const { app, database, stores, signal } = input;
  const find = () => (app ? page.waitForDatabase(database, stores, signal) : page.findDatabase(database));
  return wantedStores(restored ?? (await find()), input);
}

function noCollection(connection: string, skipped: readonly string[]): HeadlessError {
  const names = skipped.map((name) => `"${name}"`).join(", ");
  return new HeadlessError(
    "usage",
    `The connection "${connection}" has no collection ${names}: \`driftscope push\` makes it, or name another with --collection.`,
  );
}
