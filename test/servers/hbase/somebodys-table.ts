/** A table of somebody's in HBase, and what they do with it: by the gateway, and by HBase's own Java client. */
import { inject } from "vitest";
import { freshTable } from "./fresh-table.ts";

const HEADERS = { "content-type": "application/json", accept: "application/json" };

/** Texts are UTF-8. */
export type Bytes = string | Uint8Array;

export class SomebodysTable {
  readonly name: string;
  readonly #url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.#url = url;
  }

  /** @param families With how many versions of a cell they keep. @param url Absent = the gateway of the project. */
  static async make(
    families: Readonly<Record<string, number>>,
    { name = freshTable(), url = inject("hbase") }: { name?: string; url?: string } = {},
  ): Promise<SomebodysTable> {
    const ColumnSchema = Object.entries(families).map(([family, versions]) => ({
      name: family,
      VERSIONS: String(versions),
    }));
    const made = new SomebodysTable(name, url);
    await made.#send("PUT", "/schema", { ColumnSchema });
    return made;
  }

  /** @param timestamp Absent = now. */
  async put(row: Bytes, cells: Readonly<Record<string, Bytes>>, timestamp?: number): Promise<void> {
    await this.putRows([[row, cells]], timestamp);
  }

  async putRows(
    rows: readonly (readonly [row: Bytes, cells: Readonly<Record<string, Bytes>>])[],
    timestamp?: number,
  ): Promise<void> {
    const Row = rows.map(([key, cells]) => ({
      key: base64(key),
      Cell: Object.entries(cells).map(([column, value]) => ({
        column: base64(column),
        $: base64(value),
        ...(timestamp === undefined ? {} : { timestamp }),
      })),
    }));
    await this.#send("PUT", "/row", { Row });
  }

  /** Deletes a cell. @param until Its versions up to this time. */
  async deleteCell(row: Bytes, column: string, until: number): Promise<void> {
    const [key, name] = [row, column].map((bytes) => Buffer.from(bytesOf(bytes)).toString("base64url"));
    await this.#send("DELETE", `/${key}/${name}/${until}?e=b64`);
  }

  /** The newest version of each cell, as texts in UTF-8; undefined where there is no such row. */
  async row(row: Bytes): Promise<Readonly<Record<string, string>> | undefined> {
    const bytes = await this.bytes(row);
    return (
      bytes &&
      Object.fromEntries(Object.entries(bytes).map(([column, value]) => [column, value.toString("utf8")]))
    );
  }

  async bytes(row: Bytes): Promise<Readonly<Record<string, Buffer>> | undefined> {
    const key = Buffer.from(bytesOf(row)).toString("base64url");
    const answer = await fetch(`${this.#url}/${this.name}/${key}?e=b64`, { headers: HEADERS });
    if (answer.status === 404) return undefined;
    const { Row } = (await answer.json()) as { Row: { Cell: { column: string; $?: string }[] }[] };
    return Object.fromEntries(
      (Row[0]?.Cell ?? []).map(({ column, $ = "" }) => [
        Buffer.from(column, "base64").toString("utf8"),
        Buffer.from($, "base64"),
      ]),
    );
  }

  async drop(): Promise<void> {
    await this.#send("DELETE", "/schema");
  }

  async #send(method: string, path: string, body?: object): Promise<void> {
    const { status } = await fetch(`${this.#url}/${this.name}${path}`, {
      method,
      headers: HEADERS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status !== 200 && status !== 201) throw new Error(`${method} ${this.name}${path}: HTTP ${status}`);
  }
}

const bytesOf = (value: Bytes): Uint8Array => (typeof value === "string" ? Buffer.from(value) : value);
const base64 = (value: Bytes): string => Buffer.from(bytesOf(value)).toString("base64");
