/**
 * Somebody's table, by the gateway. Keys and columns are any bytes, as text in Latin-1, in which each character is a byte
 * and which sorts as bytes do. The gateway takes such keys in addresses in Base64 only.
 */
import * as v from "valibot";
import { BackendError } from "../../backend-error.ts";
import type { RestAnswer, RestClient } from "../../rest/rest-client.ts";
import { decodeRows, type Row } from "../cell-set.ts";
import { refusal } from "../gateway-errors.ts";

const JSON_TYPES = { "content-type": "application/json", accept: "application/json" } as const;

export interface Region {
  /** Empty = from the first row. */
  readonly startKey: string;
  /** Empty = to the last row. */
  readonly endKey: string;
  /** When it was made: milliseconds by the server's clock. */
  readonly id: number;
  /** Of the region, in all of the server. */
  readonly name: string;
}

const RegionsSchema = v.object({
  Region: v.array(v.object({ id: v.number(), startKey: v.string(), endKey: v.string(), name: v.string() })),
});

export interface ForeignScan {
  readonly startRow: string;
  /** The first cell of each row and those of these columns; absent = all. */
  readonly columns?: readonly string[];
}

/** A cell's column and its value. */
export type PutCell = readonly [column: string, value: Uint8Array];

export class ForeignTable {
  readonly name: string;
  readonly #client: RestClient;

  constructor(client: RestClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  get where(): string {
    return this.#client.where;
  }

  /** In the order of their keys. @throws BackendError */
  async regions(): Promise<readonly Region[]> {
    const answer = await this.#get(`/${this.name}/regions`);
    if (answer.status !== 200) throw this.#refusal(answer, false);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RegionsSchema), answer.text);
    if (!parsed.success) throw this.#noGateway();
    const regions = parsed.output.Region.map(({ startKey, endKey, ...region }) => ({
      ...region,
      startKey: fromBase64(startKey),
      endKey: fromBase64(endKey),
    }));
    return regions.sort((a, b) => (a.startKey < b.startKey ? -1 : 1));
  }

  /** Rows that were found; that one is missing proves nothing. @throws BackendError */
  async someRows(keys: readonly string[]): Promise<Row[]> {
    const query = keys.map((key) => `row=${Buffer.from(key, "latin1").toString("base64url")}`).join("&");
    const answer = await this.#get(`/${this.name}/multiget?e=b64&${query}`);
    return answer.status === 404 ? [] : this.#rows(answer);
  }

  /** Rows from the table's beginning, to look at. @throws BackendError */
  async firstRows(limit: number): Promise<Row[]> {
    return this.#rows(await this.#get(`/${this.name}/*?limit=${limit}`));
  }

  /** Undefined = the table has no row: of this request alone a server that is gone is an error. @throws BackendError */
  async lastRow(): Promise<Row | undefined> {
    const [row] = this.#rows(await this.#get(`/${this.name}/*?reversed=true&limit=1&filter=KeyOnlyFilter()`));
    return row;
  }

  /** @returns The path of its answers. @throws BackendError */
  async openScanner({ startRow, columns }: ForeignScan): Promise<string> {
    const answer = await this.#client.send({
      method: "PUT",
      path: `/${this.name}/scanner`,
      headers: JSON_TYPES,
      body: JSON.stringify({
        batch: 1,
        startRow: toBase64(startRow),
        ...(columns === undefined ? {} : { filter: JSON.stringify(firstCellOr(columns)) }),
      }),
      isWrite: false,
    });
    const id = /([^/]+)$/.exec(String(answer.headers.location))?.[1];
    if (answer.status === 201 && id !== undefined) return `/${this.name}/scanner/${id}`;
    throw this.#refusal(answer, false);
  }

  /** Undefined = it says that there is no more. @param cells The most; a row may be cut. @throws BackendError */
  async nextRows(scanner: string, cells: number): Promise<{ rows: Row[]; bytes: number } | undefined> {
    const answer = await this.#get(`${scanner}?c=${cells}`);
    if (answer.status === 204) return undefined;
    return { rows: this.#rows(answer), bytes: answer.text.length };
  }

  /** It ends by itself later where this fails. */
  async closeScanner(scanner: string): Promise<void> {
    await this.#client
      .send({ method: "DELETE", path: scanner, headers: JSON_TYPES, isWrite: false })
      .catch(() => {});
  }

  /**
   * Writes the cells if the column holds what is expected; undefined = it has no cell.
   *
   * @param cells That of the column is among them.
   * @returns Whether it did. @throws BackendError; without `nothingWritten` it may have applied, or may still
   */
  checkAndPut(
    key: string,
    cells: readonly PutCell[],
    column: string,
    expected?: Uint8Array,
  ): Promise<boolean> {
    const put = cells.map(([name, value]) => ({ column: toBase64(name), $: bytesToBase64(value) }));
    return this.#checkAnd("put", key, put, column, expected);
  }

  /** Deletes whole families of the row, as `checkAndPut` writes. */
  checkAndDelete(
    key: string,
    families: readonly string[],
    column: string,
    expected?: Uint8Array,
  ): Promise<boolean> {
    const deleted = families.map((family) => ({ column: toBase64(family) }));
    return this.#checkAnd("delete", key, deleted, column, expected);
  }

  async #checkAnd(
    check: "put" | "delete",
    key: string,
    cells: readonly object[],
    column: string,
    expected: Uint8Array = new Uint8Array(),
  ): Promise<boolean> {
    // The last cell is the one that is compared: an empty one with none, too. The row is the body's.
    const Cell = [...cells, { column: toBase64(column), $: bytesToBase64(expected) }];
    const answer = await this.#client.send({
      method: "PUT",
      path: `/${this.name}/row?check=${check}`,
      headers: JSON_TYPES,
      body: JSON.stringify({ Row: [{ key: toBase64(key), Cell }] }),
      isWrite: true,
    });
    if (answer.status === 200) return true;
    if (answer.status === 304) return false;
    throw this.#refusal(answer, true);
  }

  #get(path: string): Promise<RestAnswer> {
    return this.#client.send({ method: "GET", path, headers: JSON_TYPES, isWrite: false });
  }

  #rows(answer: RestAnswer): Row[] {
    if (answer.status !== 200) throw this.#refusal(answer, false);
    const rows = decodeRows(answer.text);
    if (rows === undefined) throw this.#noGateway();
    return rows;
  }

  #refusal(answer: RestAnswer, isWrite: boolean): BackendError {
    const cause = new Error(answer.text.slice(0, 2000));
    if (/NoSuchColumnFamily/.test(answer.text)) {
      return new BackendError(
        "mapping-mismatch",
        `The table ${JSON.stringify(this.name)} lacks a column family of the mapping (by now): edit the mapping.`,
        { cause },
      );
    }
    if (answer.status === 404) return unknownTable(this.name);
    return refusal(answer, this.where, isWrite);
  }

  #noGateway(): BackendError {
    return new BackendError(
      "backend-failed",
      `${this.where} answers, but not as HBase's REST gateway does: check "url" in the bridge's config file.`,
    );
  }
}

export const unknownTable = (name: string): BackendError =>
  new BackendError("unknown-table", `HBase has no table ${JSON.stringify(name)} (any more).`);

/** Rows that have none of the columns come as well: by their first cell. */
function firstCellOr(columns: readonly string[]): object {
  const wanted = columns.map((column) => {
    const colon = column.indexOf(":");
    const filters = [
      equal("FamilyFilter", column.slice(0, colon)),
      equal("QualifierFilter", column.slice(colon + 1)),
    ];
    return { type: "FilterList", op: "MUST_PASS_ALL", filters };
  });
  return { type: "FilterList", op: "MUST_PASS_ONE", filters: [{ type: "FirstKeyOnlyFilter" }, ...wanted] };
}

const equal = (type: string, value: string): object => ({
  type,
  op: "EQUAL",
  comparator: { type: "BinaryComparator", value: toBase64(value) },
});

/** Of bytes as text in Latin-1. */
const toBase64 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("base64");
const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("latin1");

const bytesToBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");
