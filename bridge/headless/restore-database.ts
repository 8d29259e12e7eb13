/** Making the page's database as the collections of a connection describe it. */

import { defaultCollection } from "../../core/mapping/default-collection.ts";
import { withHighestKeys } from "../../core/mapping/newer-description.ts";
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { DatabaseSchema } from "../../core/session/ports.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";
import type { PageSession } from "./page-session.ts";
import type { RemoteAccess } from "./remote/remote-access.ts";

/**
 * The newest description among the collections of this database, each of which has the whole of it.
 *
 * @throws HeadlessError "usage" where none has one; ProtocolError
 */
async function describedDatabase(
  remote: RemoteAccess,
  connection: ConnectionInfo,
  input: CommandInput,
): Promise<DatabaseSchema> {
  const { database, stores, collection } = input;
  const prefix = defaultCollection({ database, store: "" });
  const served = (connection.collections ?? []).map(({ name }) => name);
  const names =
    collection !== undefined
      ? [collection]
      : stores.length > 0
        ? stores.map((store) => defaultCollection({ database, store }))
        : served.filter((name) => name.startsWith(prefix));
  let newest: DatabaseSchema | undefined;
  for (const name of names) {
    const described = (await (await remote.store(connection.name, name)).meta())?.localSchema;
    if (described?.identity.database !== database || described.database === undefined) continue;
    newest = newest === undefined ? described.database : newerOf(newest, described.database);
  }
  if (newest !== undefined) return newest;
  throw new HeadlessError(
    "usage",
    `The page has no database "${database}", and no collection of "${connection.name}" describes it: push it once from a page that has it, with this version.`,
  );
}

/** Each collection learned the numbers of the generators with its own last push: the highest count. */
function newerOf(a: DatabaseSchema, b: DatabaseSchema): DatabaseSchema {
  const [newer, older] = a.version >= b.version ? [a, b] : [b, a];
  return withHighestKeys(newer, older);
}

/**
 * Makes the database where the page has none; a dry run only tells how it would be made.
 *
 * @returns Undefined when the page has such a database.
 */
export async function restoreDatabase(
  page: PageSession,
  remote: RemoteAccess,
  connection: ConnectionInfo,
  input: CommandInput,
): Promise<DatabaseSchema | undefined> {
  if ((await page.findDatabase(input.database)) !== undefined) return undefined;
  const schema = await describedDatabase(remote, connection, input);
  if (!input.dryRun) await page.createDatabase(input.database, schema, input.signal);
  return schema;
}
