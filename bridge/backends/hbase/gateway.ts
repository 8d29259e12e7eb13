/**
 * HBase's REST gateway, for rows.
 *
 * What it answers cannot be taken at its word when the servers behind it are gone: a row that exists is "not found", a row
 * is left out of several, a scan ends early with HTTP 200. So absence is believed only where the answer goes on to a row
 * behind: see `firstRowFrom`, and scan-table.ts.
 */
import { BackendError } from "../backend-error.ts";
import { type RestAnswer, RestClient, type RestSettings } from "../rest/rest-client.ts";
import { type Cells, decodeRows, encodeRow, type Row, toBase64 } from "./cell-set.ts";
import { refusal } from "./gateway-errors.ts";
import { Column } from "./schema.ts";

export interface HBaseSettings extends RestSettings {
  /** With its namespace, where it has one. */
  readonly table: string;
  /** Stored bytes of somebody's table beyond which a mapping needs a scope of rows; absent = 512 MB. */
  readonly largeBytes?: number | undefined;
}

const JSON_TYPES = { "content-type": "application/json", accept: "application/json" } as const;

export interface ScannerOptions {
  readonly startRow: string;
  readonly columns: readonly string[];
  /** Of one answer; a row may be cut. */
  readonly cells: number;
}

export class Gateway {
  readonly settings: HBaseSettings;
  readonly #client: RestClient;

  constructor(settings: HBaseSettings) {
    this.settings = settings;
    this.#client = new RestClient(settings);
  }

  get where(): string {
    return this.settings.where;
  }

  /** Milliseconds by its clock, to the second; undefined where it does not say. @throws BackendError */
  async time(): Promise<number | undefined> {
    const answer = await this.#send("GET", "/version");
    if (answer.status !== 200) throw refusal(answer, this.where, false);
    const time = Date.parse(String(answer.headers.date));
    return Number.isNaN(time) ? undefined : time;
  }

  /** Rows that were found; that one is missing proves nothing. @throws BackendError */
  async someRows(keys: readonly string[], columns: readonly string[]): Promise<Row[]> {
    const query = keys.map((key) => `row=${encodeURIComponent(key)}`).join("&");
    const wanted = columns.length === 0 ? "" : `/${columns.join(",")}`;
    const answer = await this.#send("GET", `${this.#table}/multiget${wanted}?${query}`);
    if (answer.status === 404) return [];
    return this.#rows(answer);
  }

  /**
   * The first row at or behind `start`. Undefined = none: of a table of ours, in which a row lies behind all others, that
   * cannot be.
   *
   * @param columns Rows that have none of them are passed over; none = all.
   * @throws BackendError "not-set-up" where there is no table
   */
  async firstRowFrom(start: string, columns: readonly string[] = []): Promise<Row | undefined> {
    return (await this.rowsFrom(start, 1, columns))[0];
  }

  /** As `firstRowFrom`, of any columns, whose values are not sent. */
  async firstKeyFrom(start: string): Promise<Row | undefined> {
    return (await this.rowsFrom(start, 1, [], "&filter=KeyOnlyFilter()"))[0];
  }

  /** @throws BackendError "not-set-up" where there is no table */
  async rowsFrom(
    start: string,
    limit: number,
    columns: readonly string[] = [],
    filter: "" | "&filter=KeyOnlyFilter()" = "",
  ): Promise<Row[]> {
    const wanted = columns.map((column) => `&column=${encodeURIComponent(column)}`).join("");
    const path = `${this.#table}/*?startrow=${encodeURIComponent(start)}&limit=${limit}${wanted}${filter}`;
    const answer = await this.#send("GET", path);
    if (answer.status >= 500 && (await this.#isMissing()))
      throw refusal({ ...answer, status: 404 }, this.where, false);
    return this.#rows(answer);
  }

  /**
   * Writes the cells of a row if its version is what is expected; null = the row has none.
   *
   * @returns Whether it was. @throws BackendError; without `nothingWritten` it may have applied, or may still
   */
  async checkAndPut(key: string, cells: Cells, expect: string | null): Promise<boolean> {
    const check = [Column.version, expect ?? ""] as const;
    const answer = await this.#client.send({
      method: "PUT",
      path: `${this.#table}/${encodeURIComponent(key)}?check=put`,
      headers: JSON_TYPES,
      // The last cell is the one that is compared.
      body: encodeRow(key, [...cells, check]),
      isWrite: true,
    });
    if (answer.status === 200) return true;
    if (answer.status === 304) return false;
    throw refusal(answer, this.where, true);
  }

  /** Whatever is there. @throws BackendError */
  async put(key: string, cells: Cells): Promise<void> {
    const answer = await this.#client.send({
      method: "PUT",
      path: `${this.#table}/${encodeURIComponent(key)}`,
      headers: JSON_TYPES,
      body: encodeRow(key, cells),
      isWrite: true,
    });
    if (answer.status !== 200) throw refusal(answer, this.where, true);
  }

  /** @returns The path of its answers. @throws BackendError */
  async openScanner({ startRow, columns, cells }: ScannerOptions): Promise<string> {
    const answer = await this.#client.send({
      method: "PUT",
      path: `${this.#table}/scanner`,
      headers: JSON_TYPES,
      body: JSON.stringify({
        batch: cells,
        startRow: toBase64(startRow),
        column: columns.map(toBase64),
      }),
      isWrite: false,
    });
    // An address that a proxy in between knows nothing of: the last part of it is what counts.
    const id = /([^/]+)$/.exec(String(answer.headers.location))?.[1];
    if (answer.status === 201 && id !== undefined) return `${this.#table}/scanner/${id}`;
    throw refusal(answer, this.where, false);
  }

  /** Undefined = it says that there is no more. @throws BackendError */
  async nextRows(scanner: string): Promise<Row[] | undefined> {
    const answer = await this.#send("GET", scanner);
    return answer.status === 204 ? undefined : this.#rows(answer);
  }

  /** It ends by itself later where this fails. */
  async closeScanner(scanner: string): Promise<void> {
    await this.#send("DELETE", scanner).catch(() => {});
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  get #table(): string {
    return `/${this.settings.table}`;
  }

  async #isMissing(): Promise<boolean> {
    return (await this.#send("GET", `${this.#table}/exists`)).status === 404;
  }

  #send(method: "GET" | "DELETE", path: string): Promise<RestAnswer> {
    return this.#client.send({ method, path, headers: JSON_TYPES, isWrite: false });
  }

  #rows(answer: RestAnswer): Row[] {
    if (answer.status !== 200) throw refusal(answer, this.where, false);
    const rows = decodeRows(answer.text);
    if (rows !== undefined) return rows;
    throw new BackendError(
      "backend-failed",
      `${this.where} answers, but not as HBase's REST gateway does: check "url" in the bridge's config file.`,
    );
  }
}
