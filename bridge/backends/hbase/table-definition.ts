/** What is asked of HBase about tables themselves: the npm package `hbase` has that, an optional peer. */
import { BackendError } from "../backend-error.ts";
import { networkWords, sentence } from "../shared/network-errors.ts";
import type { HBaseSettings } from "./gateway.ts";
import { refusal } from "./gateway-errors.ts";
import { FAMILIES } from "./schema.ts";

type Client = InstanceType<typeof import("hbase").default.Client>;
type Done<Value> = (error: unknown, value: Value) => void;

/** As `driftscope init` shows it: PUT of TABLE/schema. One version of a cell is all that is ever asked for. */
export const definition = (table: string): string =>
  `create '${table}', ${FAMILIES.map((name) => `{NAME => '${name}', VERSIONS => 1}`).join(", ")}`;

export class TableDefinition {
  readonly #settings: HBaseSettings;
  #client: Promise<Client> | undefined;

  constructor(settings: HBaseSettings) {
    this.#settings = settings;
  }

  /** @throws BackendError */
  async version(): Promise<string> {
    const { Version } = await this.#ask<{ Version: string }>((client, done) => client.version_cluster(done));
    return Version;
  }

  /** With their namespaces, where those are not the default one. @throws BackendError */
  async tables(): Promise<string[]> {
    const tables = await this.#ask<readonly { name: string }[] | null>((client, done) => client.tables(done));
    return (tables ?? []).map(({ name }) => name);
  }

  /** Undefined where there is no such table. @param table Absent = ours. @throws BackendError */
  async families(table = this.#settings.table): Promise<string[] | undefined> {
    if (!(await this.#exists(table))) return undefined;
    const schema = await this.#ask<{ ColumnSchema: readonly { name: string }[] }>((client, done) =>
      client.table(table).schema(done),
    );
    return schema.ColumnSchema.map(({ name }) => name);
  }

  /** Leaves a table that is there as it is: to make it again would replace its families. @throws BackendError */
  async make(): Promise<void> {
    const { table } = this.#settings;
    if (await this.#exists(table)) return;
    const schema = { ColumnSchema: FAMILIES.map((name) => ({ name, VERSIONS: "1" })) };
    await this.#ask((client, done) => client.table(table).create(schema, done));
  }

  /** By the list of tables: "not found" is also what a gateway says whose servers are down. */
  async #exists(table: string): Promise<boolean> {
    return (await this.tables()).includes(table.replace(/^default:/, ""));
  }

  async #ask<Value>(request: (client: Client, done: Done<Value>) => void): Promise<Value> {
    this.#client ??= makeClient(this.#settings);
    const client = await this.#client;
    return new Promise((resolve, reject) => {
      request(client, (error, value) => {
        if (error === null || error === undefined) resolve(value);
        else reject(this.#named(error));
      });
    });
  }

  #named(error: unknown): BackendError {
    const { where } = this.#settings;
    const { code, body } = error as { code?: unknown; body?: unknown };
    if (code === 404) {
      // Nothing that is asked here can be missing.
      const said = `${where} answers, but not as HBase's REST gateway does: check "url" in the bridge's config file.`;
      return new BackendError("backend-failed", said, { cause: error });
    }
    if (typeof code === "number") {
      return refusal({ status: code, headers: {}, text: String(body ?? "") }, where, false);
    }
    const words = networkWords(error) ?? "it gives no answer";
    return new BackendError("backend-unavailable", `${where} cannot be reached: ${sentence(words)}`, {
      cause: error,
    });
  }
}

/** @throws BackendError "unsupported" naming the package */
async function makeClient({ url, requestTimeoutMs, tls, headers }: HBaseSettings): Promise<Client> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === "https:";
  const { ca, ...files } = tls?.() ?? {};
  const client = new (await loadPackage()).Client({
    protocol: secure ? "https" : "http",
    host: hostname,
    port: port === "" ? (secure ? "443" : "80") : port,
    path: pathname,
    timeout: requestTimeoutMs,
    headers: { ...headers?.() },
    // It copies its options, and could not copy a list of certificates.
    ...(ca === undefined ? {} : { ca: ca.join("\n") }),
    ...files,
  });
  // It switches the check of certificates off, whatever its options say.
  client.connection.options.rejectUnauthorized = true;
  return client;
}

async function loadPackage(): Promise<typeof import("hbase").default> {
  try {
    return (await import("hbase")).default;
  } catch (error) {
    throw new BackendError(
      "unsupported",
      "A connection to HBase takes the package hbase, which is not installed: npm install hbase",
      { cause: error },
    );
  }
}
