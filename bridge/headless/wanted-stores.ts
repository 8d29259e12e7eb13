import type { StoreDescription } from "../../core/session/ports.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";

/** What is known of a store before it is opened; `count` where the page counted. */
export type WantedStore = Pick<StoreDescription, "name" | "count">;

/**
 * The stores that the command is about, among those that the database has.
 *
 * @param found Undefined where the page has no such database.
 * @throws HeadlessError "usage"
 */
export function wantedStores(
  found: { readonly stores: readonly WantedStore[] } | undefined,
  { database, stores, collection, settings }: CommandInput,
): readonly WantedStore[] {
  if (found === undefined) throw new HeadlessError("usage", `The page has no database "${database}".`);
  const byName = new Map(found.stores.map((store) => [store.name, store]));
  const wanted = stores.length === 0 ? found.stores : stores.map((name) => byName.get(name) ?? missing(name));
  const isOne = collection !== undefined || settings.columns !== undefined;
  if (!isOne || wanted.length === 1) return wanted;
  throw new HeadlessError("usage", "One collection or table holds one store: name it with --store.");

  function missing(name: string): never {
    const known = [...byName.keys()].map((one) => `"${one}"`).join(", ") || "none";
    throw new HeadlessError("usage", `The database "${database}" has no store "${name}", but ${known}.`);
  }
}
