/** Somebody's folders of files on the project's HDFS, through a backend of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendTables } from "../../../bridge/backends/backend.ts";
import { FolderTables } from "../../../bridge/backends/hdfs/folders/folder-tables.ts";
import type { HdfsBackend, HdfsSettings } from "../../../bridge/backends/hdfs/hdfs-backend.ts";
import type { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import { ServerTables } from "../../../bridge/backends/shared/tables/server-tables.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { fromHex } from "../../../core/key/hex.ts";
import type { ConversionName } from "../../../core/mapping/conversions.ts";
import { projectionIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { BoundScope } from "../../../core/mapping/scope.ts";
import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { initOf, scanAll } from "../../conformance/suite/bed.ts";
import { directTable } from "../../support/bridge/direct-table.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { contentOf, namesIn, webHdfs } from "./hdfs-files.ts";

type Columns = Readonly<Record<string, ConversionName>>;

export class FoldersBed {
  readonly fs: WebHdfs;
  readonly tables: BackendTables;
  readonly tablesFolder = `${freshFolder()}/tables`;
  readonly #backend: HdfsBackend;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-folders-"));
  readonly #journal = new Journal(join(this.#folder, "journal"));
  #made = 0;

  constructor(settings: Partial<HdfsSettings> = {}) {
    this.fs = webHdfs();
    this.#backend = freshBackend({ tablesFolder: this.tablesFolder, ...settings });
    if (this.#backend.tables === undefined) throw new Error("no tables");
    this.tables = this.#backend.tables;
  }

  /** A folder with these files, by their paths in it. */
  async table(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
    const name = `t${++this.#made}`;
    await this.fs.makeFolder(`${this.tablesFolder}/${name}`);
    for (const [path, content] of Object.entries(files)) await this.put(name, path, content);
    return name;
  }

  async put(table: string, path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content);
    await this.fs.create(this.pathOf(table, path), { chunks: [bytes], bytes: bytes.length });
  }

  pathOf(table: string, path: string): string {
    return `${this.tablesFolder}/${table}/${path}`;
  }

  /** @param fs Through which all is done, of tables that are ours; absent = as the backend does it. */
  async store(mapping: TableMapping, fs?: WebHdfs): Promise<RemoteStore> {
    const folders = { tablesFolder: this.tablesFolder, ownFolder: "/none", ours: ["*"] };
    const tables = fs === undefined ? this.tables : new ServerTables(new FolderTables(fs, folders));
    const store = await directTable(tables, this.#journal, join(this.#folder, "tables"), mapping);
    await store.init(initOf(mapping.columns.table, projectionIdOf({ columns: mapping.columns })));
    return store;
  }

  /** All that a scan finds, as reads of its keys tell it: the record, or why there is none. */
  async contents(mapping: TableMapping): Promise<Map<unknown, unknown>> {
    const store = await this.store(mapping);
    const keys = (await scanAll(store)).map(({ key }) => fromHex(key));
    const found = new Map<unknown, unknown>();
    for await (const records of store.read(keys)) {
      for (const { key, body, reason } of records) {
        found.set(
          decodeKey(typeof key === "string" ? fromHex(key) : key),
          body === undefined ? reason : decodeValue(body),
        );
      }
    }
    return found;
  }

  /** Of the files that whoever reads the folder sees, by their names up to what we add to them. */
  async visible(table: string): Promise<Record<string, Buffer>> {
    const found: Record<string, Buffer> = {};
    for (const name of await namesIn(this.fs, `${this.tablesFolder}/${table}`)) {
      if (/^[_.]/.test(name)) continue;
      found[name.replace(/\.driftscope-[0-9a-f]{8}/, "")] = await contentOf(
        this.fs,
        this.pathOf(table, name),
      );
    }
    return found;
  }

  async dispose(): Promise<void> {
    await this.#backend.close();
    await this.#journal.close();
    this.fs.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Properties of the columns' names; NULL = absent. The key is `id`, and no property. */
export function mappingOf(
  table: string,
  columns: Columns,
  { key = "integer", scope }: { readonly key?: ConversionName; readonly scope?: BoundScope } = {},
): TableMapping {
  return {
    columns: {
      table,
      key: [{ column: "id", as: key }],
      fields: Object.entries(columns).map(([column, as]) => ({
        path: [column],
        column,
        as,
        whenNull: "absent",
      })),
    },
    ...(scope === undefined ? {} : { scope }),
  };
}
