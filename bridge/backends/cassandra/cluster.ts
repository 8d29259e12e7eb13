/**
 * A Cassandra cluster: connected when it is first asked for something, and again after that failed.
 *
 * Consistency. Scans read at LOCAL_QUORUM: what a writer of this data centre has acknowledged is seen. What decides
 * an outcome is read at the serial consistency of the conditional writes, which first finishes what is still under way.
 */
import type { Client, ClientOptions, types } from "cassandra-driver";
import { BackendError } from "../backend-error.ts";
import { namedError, Phase } from "./cassandra-errors.ts";
import { EntryMap } from "./entry-map.ts";
import { type Driver, loadDriver } from "./load-driver.ts";

/** Codes of the native protocol (its specification, §3). */
const CONSISTENCY = { LOCAL_QUORUM: 6, SERIAL: 8, LOCAL_SERIAL: 9 } as const;

export type SerialConsistency = "SERIAL" | "LOCAL_SERIAL";

export interface ClusterSettings {
  readonly contactPoints: readonly string[];
  readonly keyspace: string;
  /** Needed where the cluster has several. */
  readonly localDataCenter?: string | undefined;
  readonly serialConsistency: SerialConsistency;
  readonly requestTimeoutMs: number;
  /** Read when the cluster is connected. @throws BackendError */
  readonly credentials?: (() => { readonly username: string; readonly password: string }) | undefined;
  /** Read when the cluster is connected. @throws BackendError */
  readonly tls?: (() => NonNullable<ClientOptions["sslOptions"]>) | undefined;
}

export interface Statement {
  readonly query: string;
  readonly params: readonly unknown[];
}

export interface PageOptions {
  readonly fetchSize: number;
  readonly pageState?: string | undefined;
}

export interface RowPage {
  readonly rows: readonly types.Row[];
  /** Where it goes on; undefined = that was all. */
  readonly pageState: string | undefined;
}

export interface ServerFacts {
  readonly name: string;
  /** "5.0.9" */
  readonly version: string;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Of a setting such as "16384KiB". */
function bytesOf(setting: unknown): number | undefined {
  const match = /^(\d+)(B|KiB|MiB|GiB)$/.exec(String(setting));
  return match === null ? undefined : Number(match[1]) * (UNITS[String(match[2])] ?? 1);
}

export class CassandraCluster {
  readonly settings: ClusterSettings;
  readonly #serial: number;
  #client: Promise<Client> | undefined;
  #largestWrite: Promise<number> | undefined;
  #facts: Promise<ServerFacts> | undefined;

  constructor(settings: ClusterSettings) {
    this.settings = settings;
    this.#serial = CONSISTENCY[settings.serialConsistency];
  }

  /** Names it for people. */
  get where(): string {
    return `Cassandra at ${this.settings.contactPoints.join(", ")}`;
  }

  /** One page, as it is acknowledged in this data centre. @throws BackendError */
  page(statement: Statement, options: PageOptions): Promise<RowPage> {
    return this.#execute(statement, CONSISTENCY.LOCAL_QUORUM, options);
  }

  /** All rows, after everything that is under way is finished. @throws BackendError */
  async serialRows(statement: Statement): Promise<readonly types.Row[]> {
    // Pages are off: whoever asks bounds the keys.
    return (await this.#execute(statement, this.#serial, { fetchSize: 0 })).rows;
  }

  /** All rows. @throws BackendError */
  async rows(statement: Statement): Promise<readonly types.Row[]> {
    return (await this.#execute(statement, CONSISTENCY.LOCAL_QUORUM, { fetchSize: 0 })).rows;
  }

  /**
   * One conditional statement, or several of one partition: all or none.
   *
   * @returns Whether they applied. @throws BackendError; without `nothingWritten` it may have applied, or may still.
   */
  async conditionally(statements: readonly Statement[]): Promise<boolean> {
    const client = await this.#connected();
    const options = {
      prepare: true,
      consistency: CONSISTENCY.LOCAL_QUORUM,
      serialConsistency: this.#serial,
      // A failed attempt must not be repeated behind our back: repeating is a decision with the state at hand.
      isIdempotent: false,
    };
    try {
      const [first] = statements;
      const result =
        statements.length === 1 && first !== undefined
          ? await client.execute(first.query, [...first.params], options)
          : await client.batch(
              statements.map(({ query, params }) => ({ query, params: [...params] })),
              options,
            );
      return result.wasApplied();
    } catch (error) {
      throw namedError(error, this.where, Phase.write);
    }
  }

  /**
   * The bytes of the largest write: Infinity where the server does not say. A larger conditional one is not refused by the
   * server, it times out for ever.
   */
  largestWrite(): Promise<number> {
    this.#largestWrite ??= this.rows({
      query: "SELECT value FROM system_views.settings WHERE name = 'max_mutation_size'",
      params: [],
    }).then(
      ([row]) => bytesOf(row?.value) ?? Number.POSITIVE_INFINITY,
      (error) => {
        // Servers before 4.0 have no such table, and it can be forbidden to read; another failure passes.
        this.#largestWrite = undefined;
        if (error instanceof BackendError && error.code !== "backend-unavailable")
          return Number.POSITIVE_INFINITY;
        throw error;
      },
    );
    return this.#largestWrite;
  }

  /** What does not change while the cluster is connected. @throws BackendError */
  facts(): Promise<ServerFacts> {
    this.#facts ??= this.rows({
      query: "SELECT cluster_name, release_version FROM system.local",
      params: [],
    }).then(
      ([row]) => ({ name: String(row?.cluster_name), version: String(row?.release_version) }),
      (error) => {
        this.#facts = undefined;
        throw error;
      },
    );
    return this.#facts;
  }

  /** Definitions, one after the other. @throws BackendError */
  async define(statements: readonly string[]): Promise<void> {
    const client = await this.#connected();
    try {
      for (const statement of statements) await client.execute(statement);
    } catch (error) {
      throw namedError(error, this.where, Phase.write);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.shutdown();
  }

  async #execute(
    { query, params }: Statement,
    consistency: number,
    { fetchSize, pageState }: PageOptions,
  ): Promise<RowPage> {
    const client = await this.#connected();
    try {
      const result = await client.execute(query, [...params], {
        prepare: true,
        consistency,
        isIdempotent: true,
        fetchSize,
        ...(pageState === undefined ? {} : { pageState }),
      });
      return { rows: result.rows, pageState: result.pageState ?? undefined };
    } catch (error) {
      throw namedError(error, this.where, Phase.read);
    }
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect().catch((error) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const driver = await loadDriver();
    const { localDataCenter } = this.settings;
    // Told of a data centre that is not there, the driver fails and keeps the process alive: it is looked at first.
    const client = await this.#open(driver, undefined);
    if (localDataCenter === undefined) return client;
    await client.shutdown();
    return this.#open(driver, localDataCenter);
  }

  async #open(driver: Driver, dataCenter: string | undefined): Promise<Client> {
    const client = new driver.Client(this.#options(driver, dataCenter));
    try {
      await client.connect();
      this.#checkDataCenters(client);
      return client;
    } catch (error) {
      await client.shutdown().catch(() => {});
      throw namedError(error, this.where, Phase.connect);
    }
  }

  #options({ policies, auth }: Driver, localDataCenter: string | undefined): ClientOptions {
    const { contactPoints, requestTimeoutMs, credentials, tls } = this.settings;
    const { loadBalancing, retry } = policies;
    const hosts =
      localDataCenter === undefined
        ? new loadBalancing.RoundRobinPolicy()
        : new loadBalancing.DCAwareRoundRobinPolicy(localDataCenter);
    const login = credentials?.();
    return {
      contactPoints: [...contactPoints],
      ...(localDataCenter === undefined ? {} : { localDataCenter }),
      ...(login === undefined
        ? {}
        : { authProvider: new auth.PlainTextAuthProvider(login.username, login.password) }),
      // The driver connects without looking at the certificate where it is not told to.
      ...(tls === undefined ? {} : { sslOptions: { ...tls(), rejectUnauthorized: true } }),
      policies: { loadBalancing: new loadBalancing.TokenAwarePolicy(hosts), retry: new retry.RetryPolicy() },
      socketOptions: { readTimeout: requestTimeoutMs },
      // The first two are the driver's own.
      encoding: { copyBuffer: true, useUndefinedAsUnset: true, map: EntryMap },
    };
  }

  /** LOCAL_QUORUM is that of the data centre which a request happens to come to. */
  #checkDataCenters(client: Client): void {
    const names = new Set<string>();
    for (const host of client.hosts.values()) names.add(host.datacenter);
    const { localDataCenter } = this.settings;
    const listed = Array.from(names, (name) => `"${name}"`).join(", ");
    if (localDataCenter === undefined && names.size > 1) {
      throw new BackendError(
        "backend-failed",
        `${this.where} has the data centres ${listed}: name the nearest as "localDataCenter" in the bridge's config file.`,
      );
    }
    if (localDataCenter !== undefined && !names.has(localDataCenter)) {
      throw new BackendError(
        "backend-failed",
        `${this.where} has no data centre "${localDataCenter}", it has ${listed}: correct "localDataCenter" in the bridge's config file.`,
      );
    }
  }
}
