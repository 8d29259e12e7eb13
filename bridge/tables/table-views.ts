/** Views of existing tables: opened with a mapping, then named by their id. */
import { createHash } from "node:crypto";
import { checkColumns, readOnlyReason } from "../../core/mapping/check-columns.ts";
import { projectionIdOf } from "../../core/mapping/mapping-identity.ts";
import type { TableDescription, TableList } from "../../core/mapping/table-description.ts";
import type { TableMapping } from "../../core/mapping/table-mapping.ts";
import type { OpenedView } from "../../core/protocol/frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { encodeTableMapping } from "../../core/protocol/table-mapping.ts";
import type { CollectionInit, CollectionMeta } from "../../core/session/ports.ts";
import type {
  BackendCapabilities,
  BackendCollection,
  BackendRows,
  BackendTables,
} from "../backends/backend.ts";
import type { RegisteredView, TableRegister } from "./table-register.ts";

/** What a connection's configuration says. */
export interface TablesOfConnection {
  readonly connection: string;
  readonly tables: BackendTables;
  /** Names, or "*" for all; absent = none. */
  readonly allowed: readonly string[];
  /** Why nothing may be written; undefined = it may. */
  readonly readOnly: string | undefined;
}

export interface View {
  readonly table: string;
  readonly collection: BackendCollection;
  readonly capabilities: BackendCapabilities;
  readonly readOnly: () => string | undefined;
  /** What a compare reads, in words. */
  readonly reads: string | undefined;
  readonly release: () => void;
}

/** Views that are open at a time; a panel opens its own again. */
const MAX_VIEWS = 200;

export class TableViews {
  readonly #of: TablesOfConnection;
  readonly #register: TableRegister;
  readonly #views = new Map<string, View>();

  constructor(of: TablesOfConnection, register: TableRegister) {
    this.#of = of;
    this.#register = register;
  }

  async list(): Promise<TableList> {
    const all = await this.#of.tables.list();
    const tables = all.filter(({ name }) => this.#isAllowed(name));
    return { tables, notAllowed: all.length - tables.length };
  }

  /** @param mapping As BackendTables.describe. @throws ProtocolError "unknown-table" */
  describe(table: string, mapping?: TableMapping): Promise<TableDescription> {
    this.#requireAllowed(table);
    return this.#of.tables.describe(table, mapping);
  }

  /** @throws ProtocolError "unknown-table", "mapping-mismatch" */
  async open(mapping: TableMapping): Promise<OpenedView> {
    const { table } = mapping.columns;
    const description = await this.describe(table, mapping);
    const problems = checkColumns(mapping.columns, mapping.scope, description);
    if (problems.length > 0) throw new ProtocolError("mapping-mismatch", problems.join(" "));
    const id = viewIdOf(mapping);
    const view = await this.#makeView(mapping, description);
    if (this.#views.size >= MAX_VIEWS) this.#views.clear();
    this.#views.set(id, view);
    const readOnly = view.readOnly();
    return {
      view: id,
      capabilities: { ...view.capabilities, writable: readOnly === undefined },
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(view.reads === undefined ? {} : { reads: view.reads }),
    };
  }

  /** @throws ProtocolError "unknown-view" */
  view(id: string, table: string): View {
    const view = this.#views.get(id);
    if (view?.table === table) return view;
    throw new ProtocolError(
      "unknown-view",
      `The mapping of ${JSON.stringify(table)} was not opened here: open it again.`,
    );
  }

  async #makeView(mapping: TableMapping, description: TableDescription): Promise<View> {
    const { connection, tables, readOnly } = this.#of;
    const { table } = mapping.columns;
    const registered: RegisteredView = {
      connection,
      table,
      identity: await tables.identity(table),
      projectionId: projectionIdOf({ columns: mapping.columns }),
      scope: mapping.scope,
    };
    const register = this.#register;
    const examined = (await tables.examine?.(mapping)) ?? {};
    return {
      table,
      collection: new TableCollection(tables.rows(mapping), registered, register),
      capabilities: { ...tables.capabilities, scoped: mapping.scope !== undefined },
      readOnly: () =>
        readOnly ??
        examined.readOnly ??
        readOnlyReason(mapping.columns, description) ??
        register.writtenByAnother(registered),
      reads: examined.reads,
      release: () => register.release(registered),
    };
  }

  #isAllowed(table: string): boolean {
    return this.#of.allowed.includes(table) || this.#of.allowed.includes("*");
  }

  #requireAllowed(table: string): void {
    if (this.#isAllowed(table)) return;
    throw new ProtocolError(
      "unknown-table",
      `The connection "${this.#of.connection}" does not serve the table ${JSON.stringify(table)}: add it to "tables" in the bridge's config file.`,
    );
  }
}

/** Rows of a table, whose meta is the bridge's. */
class TableCollection implements BackendCollection {
  readonly scan: BackendRows["scan"];
  readonly kept: BackendRows["kept"];
  readonly lookup: BackendRows["lookup"];
  readonly read: BackendRows["read"];
  readonly write: BackendRows["write"];
  readonly predict: BackendRows["predict"];
  readonly #view: RegisteredView;
  readonly #register: TableRegister;

  constructor(rows: BackendRows, view: RegisteredView, register: TableRegister) {
    this.scan = rows.scan.bind(rows);
    this.kept = rows.kept;
    this.lookup = rows.lookup.bind(rows);
    this.read = rows.read.bind(rows);
    this.write = rows.write.bind(rows);
    this.predict = rows.predict?.bind(rows);
    this.#view = view;
    this.#register = register;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return this.#register.meta(this.#view);
  }

  async init(init: CollectionInit): Promise<CollectionMeta> {
    return this.#register.init(this.#view, init);
  }

  // biome-ignore lint/correctness/useYield: a table of somebody's tells nothing of its past
  async *changes(): AsyncGenerator<never, string> {
    throw new ProtocolError("unsupported", "An existing table keeps no record of its changes: scan it.");
  }
}

/** After the mapping's content, so that every panel that opens it means the same. */
function viewIdOf(mapping: TableMapping): string {
  return createHash("sha256").update(encodeTableMapping(mapping)).digest("hex").slice(0, 32);
}
