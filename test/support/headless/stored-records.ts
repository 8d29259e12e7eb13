import type { BrowserContext } from "playwright";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { DatabaseSchema } from "../../../core/session/ports.ts";
import { agentSource } from "../agent/agent-source.ts";
import { readAll, scanAll } from "../agent/collect.ts";

export interface StoredDatabase {
  readonly schema: DatabaseSchema | undefined;
  /** By store, then by key in hexadecimal: the value, or a text that says why it is opaque. */
  readonly stores: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** Everything that a database of the first page of the browser holds, as values of this process. */
export async function readDatabase(context: BrowserContext, database: string): Promise<StoredDatabase> {
  const page = context.pages()[0] ?? (await context.newPage());
  const session = await context.newCDPSession(page);
  const client = await AgentClient.connect(
    async (expression) => {
      const { result } = await session.send("Runtime.evaluate", { expression, returnByValue: true });
      return result.value as string;
    },
    { source: await agentSource() },
  );
  const { frames } = await client.describePage();
  const found = frames[0]?.buckets[0]?.databases.find(({ name }) => name === database);
  const stores = new Map<string, Map<string, unknown>>();
  let schema: DatabaseSchema | undefined;
  for (const { name } of found?.stores ?? []) {
    const store = client.store({ bucket: "", database, store: name });
    schema ??= (await store.describe({ database: true })).database;
    const keys = (await scanAll(store)).map(({ key }) => key);
    const records = await readAll(store, keys);
    stores.set(
      name,
      new Map(
        records.map(({ key, body, blocked }) => [
          toHex(key),
          blocked === undefined && body !== undefined ? decodeValue(body) : `opaque: ${blocked}`,
        ]),
      ),
    );
  }
  await client.close();
  return { schema, stores };
}
