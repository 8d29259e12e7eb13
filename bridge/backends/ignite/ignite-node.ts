/**
 * A node of an Ignite 2 cluster by its REST API: commands, and SQL.
 *
 * Every answer of the API is HTTP 200 with an envelope, errors too; what is no envelope is something else that
 * listens there. Only the commands named here are ever sent, none comes from a page.
 */
import { createHash } from "node:crypto";
import { BackendError } from "../backend-error.ts";
import { type RestAnswer, RestClient, type RestSettings } from "../rest/rest-client.ts";
import { refusal, Status } from "./ignite-errors.ts";
import { type IgniteTables, tablesOf } from "./schema.ts";

export interface IgniteSettings extends RestSettings {
  /** Of our tables' names. */
  readonly prefix: string;
  /** Read with the first request. @throws BackendError */
  readonly credentials?: (() => { readonly username: string; readonly password: string }) | undefined;
  /** Read with the first request. @throws BackendError */
  readonly secretKey?: (() => string) | undefined;
}

export type SqlValue = string | number;

/** A request's parameters in the encoding of forms, so that their size is known before they are sent. */
export const formText = (value: SqlValue): string => encodeURIComponent(String(value));

/** Of Jetty, where it is not told otherwise: it refuses larger forms. */
const DEFAULT_FORM_BYTES = 200_000;
/** Beside the arguments of a statement. */
const FORM_OVERHEAD_BYTES = 2000;
/** Jetty's default, less what is no argument. */
export const MAX_ARGUMENTS = 990;

/** Rows of an answer; more are fetched. */
const PAGE_ROWS = 20_000;

/** What is done with a cache of texts, without SQL. */
export type CacheCommand = "getall" | "add" | "cas" | "rmvval" | "size";

export class IgniteNode {
  readonly tables: IgniteTables;
  readonly #client: RestClient;
  readonly #settings: IgniteSettings;
  #session: Promise<string> | undefined;
  #anyCache: string | undefined;
  #largestForm = DEFAULT_FORM_BYTES;
  #smallestRefused = Number.POSITIVE_INFINITY;

  constructor(settings: IgniteSettings) {
    this.#settings = settings;
    this.tables = tablesOf(settings.prefix);
    this.#client = new RestClient({ ...settings, headers: () => this.#headers() });
  }

  get where(): string {
    return this.#settings.where;
  }

  /** @throws BackendError */
  async version(): Promise<string> {
    return String(await this.#command({ cmd: "version" }, false));
  }

  /** "ACTIVE", "INACTIVE", "ACTIVE_READ_ONLY". @throws BackendError */
  async state(): Promise<string> {
    return String(await this.#command({ cmd: "state" }, false));
  }

  /** Whether a stranger can run commands. */
  get isOpenToAll(): boolean {
    const { credentials, secretKey } = this.#settings;
    return credentials === undefined && secretKey === undefined;
  }

  /** All rows. @param cache Through which it is asked; any does. @throws BackendError */
  async rows(sql: string, args: readonly SqlValue[] = [], cache = this.tables.cache): Promise<unknown[][]> {
    const rows: unknown[][] = [];
    for await (const page of this.pages(sql, args, cache)) for (const row of page) rows.push(row);
    return rows;
  }

  /** As `rows`, for answers that are large: the node holds the rest until it is fetched. @throws BackendError */
  async *pages(
    sql: string,
    args: readonly SqlValue[],
    cache: string,
    pageRows = PAGE_ROWS,
  ): AsyncGenerator<unknown[][]> {
    yield* this.#fetched<unknown[]>(
      await this.#query(sql, args.map(formText), false, cache, pageRows),
      pageRows,
    );
  }

  /** Rows of the system's views, also without tables of Driftscope: any cache will do. Where there is none, there are none. */
  async systemRows(sql: string, args: readonly SqlValue[] = []): Promise<unknown[][]> {
    this.#anyCache ??= await this.#findCache();
    if (this.#anyCache === undefined) return [];
    try {
      return await this.rows(sql, args, this.#anyCache);
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== "not-set-up") throw error;
      // It is gone by now.
      this.#anyCache = await this.#findCache();
      return this.#anyCache === undefined ? [] : this.rows(sql, args, this.#anyCache);
    }
  }

  /** All entries of a cache, in no order. @throws BackendError */
  async *entries(cache: string, pageRows: number): AsyncGenerator<CacheEntry[]> {
    const command = { cmd: "qryscanexe", cacheName: cache, pageSize: String(pageRows) };
    const first = pageOf<CacheEntry>(await this.#command(command, false), this.where);
    yield* this.#fetched(first, pageRows);
  }

  /** @param parameters By formText. @throws BackendError; as `update` where it writes */
  ofCache(
    command: CacheCommand,
    cache: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const isWrite = command !== "getall" && command !== "size";
    const encoded = Object.entries(parameters).map(([name, value]) => `&${name}=${value}`);
    return this.#answered(new URLSearchParams({ cmd: command, cacheName: cache }), encoded.join(""), isWrite);
  }

  /**
   * A statement that changes rows.
   *
   * @param args By formText. @returns How many changed.
   * @throws BackendError; without `nothingWritten` some may have changed, and may still unless `isFinished` says otherwise
   */
  async update(sql: string, args: readonly string[], cache = this.tables.cache): Promise<number> {
    const { items } = await this.#query(sql, args, true, cache);
    const count = Number(items[0]?.[0]);
    if (Number.isSafeInteger(count)) return count;
    throw new BackendError("backend-failed", `${this.where} did not say how many rows changed.`, {
      nothingWritten: false,
    });
  }

  /** Makes the empty cache that SQL is asked through, and runs definitions. @throws BackendError */
  async define(statements: readonly string[]): Promise<void> {
    const { cache } = this.tables;
    await this.#command({ cmd: "getorcreate", cacheName: cache, templateName: "REPLICATED" }, true);
    for (const statement of statements) await this.#query(statement, [], true, cache);
  }

  /**
   * Whether the node takes a form of so many bytes. What is beyond Jetty's default is tried out, by a command that
   * does nothing.
   */
  async takesForm(argumentBytes: number): Promise<boolean> {
    const bytes = argumentBytes + FORM_OVERHEAD_BYTES;
    if (bytes <= this.#largestForm) return true;
    if (bytes >= this.#smallestRefused) return false;
    // Rounded up, so that few sizes are tried.
    return (await this.#try(2 ** Math.ceil(Math.log2(bytes)))) || (await this.#try(bytes));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #try(bytes: number): Promise<boolean> {
    if (bytes >= this.#smallestRefused) return false;
    const answer = await this.#send(new URLSearchParams({ cmd: "version", pad: "x".repeat(bytes) }), false);
    const isTaken = answer.status === 200;
    if (isTaken) this.#largestForm = Math.max(bytes, this.#largestForm);
    else this.#smallestRefused = Math.min(bytes, this.#smallestRefused);
    return isTaken;
  }

  async #query(
    sql: string,
    args: readonly string[],
    isWrite: boolean,
    cacheName: string,
    pageRows = PAGE_ROWS,
  ): Promise<QueryPage<unknown[]>> {
    const form = new URLSearchParams({ cmd: "qryfldexe", cacheName, pageSize: String(pageRows), qry: sql });
    const encoded = args.map((arg, at) => `&arg${at + 1}=${arg}`).join("");
    return pageOf(await this.#answered(form, encoded, isWrite), this.where);
  }

  /** Who stops in between leaves nothing open on the node. */
  async *#fetched<Item>(first: QueryPage<Item>, pageRows: number): AsyncGenerator<Item[]> {
    let page = first;
    try {
      yield page.items;
      while (!page.last) {
        const next = { cmd: "qryfetch", qryId: String(first.queryId), pageSize: String(pageRows) };
        page = pageOf(await this.#command(next, false), this.where);
        yield page.items;
      }
    } finally {
      const close = { cmd: "qrycls", qryId: String(first.queryId) };
      if (!page.last) await this.#command(close, false).catch(() => undefined);
    }
  }

  async #findCache(): Promise<string | undefined> {
    const nodes = await this.#command({ cmd: "top", attr: "false", mtr: "false", caches: "true" }, false);
    for (const { caches } of Array.isArray(nodes) ? (nodes as { caches?: unknown }[]) : []) {
      const [first] = Array.isArray(caches) ? (caches as { name?: unknown }[]) : [];
      if (typeof first?.name === "string") return first.name;
    }
    return undefined;
  }

  #command(parameters: Readonly<Record<string, string>>, isWrite: boolean): Promise<unknown> {
    return this.#answered(new URLSearchParams(parameters), "", isWrite);
  }

  /** A session that the node has forgotten is made anew: what it refused for that it did not do. */
  async #answered(form: URLSearchParams, encoded: string, isWrite: boolean): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const session = await this.#sessionToken();
      if (session !== undefined) form.set("sessionToken", session);
      const envelope = envelopeOf(await this.#send(form, isWrite, encoded), this.where, isWrite);
      if (envelope.successStatus === Status.success) return envelope.response;
      const isForgotten = session !== undefined && isSessionError(envelope);
      if (!isForgotten || attempt > 1) throw this.#refused(envelope);
      this.#session = undefined;
    }
  }

  #refused(envelope: Envelope): BackendError {
    if (envelope.successStatus !== Status.authentication) return refusal(envelope.error, this.where);
    const words =
      this.#settings.credentials === undefined
        ? 'wants a login: name it as "credentials" in the bridge\'s config file.'
        : 'refused the login: check "credentials" in the bridge\'s config file.';
    return new BackendError("unauthorized", `${this.where} ${words}`);
  }

  #sessionToken(): Promise<string | undefined> {
    const { credentials } = this.#settings;
    if (credentials === undefined) return Promise.resolve(undefined);
    this.#session ??= this.#logIn(credentials()).catch((error) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async #logIn({ username, password }: { username: string; password: string }): Promise<string> {
    const form = new URLSearchParams({ cmd: "authenticate", user: username, password });
    const envelope = envelopeOf(await this.#send(form, false), this.where, false);
    if (envelope.successStatus === Status.success && typeof envelope.sessionToken === "string") {
      return envelope.sessionToken;
    }
    throw new BackendError(
      "unauthorized",
      `${this.where} refused the login: check "credentials" in the bridge's config file.`,
    );
  }

  #send(form: URLSearchParams, isWrite: boolean, encoded = ""): Promise<RestAnswer> {
    return this.#client.send({
      method: "POST",
      path: "/ignite",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString() + encoded,
      isWrite,
    });
  }

  /** The API's own signature: it is as good for ever as the key is. */
  #headers(): Record<string, string> {
    const secret = this.#settings.secretKey?.();
    if (secret === undefined) return {};
    const time = Date.now();
    const hash = createHash("sha1").update(`${time}:${secret}`).digest("base64");
    return { "x-signature": `${time}:${hash}` };
  }
}

interface Envelope {
  readonly successStatus: number;
  readonly error: unknown;
  readonly response: unknown;
  readonly sessionToken: unknown;
}

/** Texts, unless somebody else keeps other things there. */
export interface CacheEntry {
  readonly key: unknown;
  readonly value: unknown;
}

interface QueryPage<Item> {
  readonly items: Item[];
  readonly last: boolean;
  readonly queryId: unknown;
}

const isSessionError = ({ successStatus, error }: Envelope): boolean =>
  successStatus === Status.authentication || (typeof error === "string" && /session/i.test(error));

/** @throws BackendError for what is no answer of Ignite's */
function envelopeOf({ status, text }: RestAnswer, where: string, isWrite: boolean): Envelope {
  if (status === 401) {
    throw new BackendError(
      "unauthorized",
      `${where} refused the secret key: name it as "secretKey" in the bridge's config file.`,
    );
  }
  if (status === 400 || status === 413) {
    throw new BackendError(
      "too-large",
      `${where} refused the form: it is larger than the node's Jetty takes (maxFormContentSize, maxFormKeys).`,
    );
  }
  const parsed = jsonOf(text);
  if (status === 200 && isEnvelope(parsed)) return parsed;
  throw new BackendError(
    "backend-failed",
    `${where} answers (HTTP ${status}), but not as Ignite's REST API does: check "url", and that the node has the module ignite-rest-http.`,
    { nothingWritten: !isWrite || status === 404 },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === "object" && value !== null && "successStatus" in value && "response" in value;

/** @throws BackendError; for a statement that was run, so that what it wrote is not known */
function pageOf<Item>(response: unknown, where: string): QueryPage<Item> {
  const page = response as Partial<QueryPage<Item>> | null;
  if (
    page !== null &&
    typeof page === "object" &&
    Array.isArray(page.items) &&
    typeof page.last === "boolean"
  ) {
    return page as QueryPage<Item>;
  }
  throw new BackendError("backend-failed", `${where} answered a query without its rows.`, {
    nothingWritten: false,
  });
}
