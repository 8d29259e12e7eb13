/**
 * What INFORMATION_SCHEMA says of tables, which standard SQL has and not every database: keys and NULL are not known where
 * there is none, and tables are then those that the driver lists.
 */
import { rmSync } from "node:fs";
import { BackendError } from "../../backend-error.ts";
import type { SqoopProgram } from "../sqoop-program.ts";
import type { JdbcImports, JdbcRow } from "./jdbc-imports.ts";
import { partsOf } from "./jdbc-sql.ts";

export interface ListedTable {
  readonly name: string;
  readonly isView: boolean;
}

export interface CatalogTable {
  readonly isView: boolean;
  readonly notNull: ReadonlySet<string>;
  readonly primaryKey: readonly string[];
  readonly unique: readonly (readonly string[])[];
}

const SYSTEM =
  "('INFORMATION_SCHEMA', 'information_schema', 'pg_catalog', 'mysql', 'sys', 'performance_schema', 'SYSTEM_LOBS')";

export class JdbcCatalog {
  readonly #program: SqoopProgram;
  readonly #imports: JdbcImports;
  #isMissing = false;

  constructor(program: SqoopProgram, imports: JdbcImports) {
    this.#program = program;
    this.#imports = imports;
  }

  /** With their schemas, where the database says. @throws BackendError */
  async list(): Promise<ListedTable[]> {
    const sql = `SELECT TABLE_SCHEMA AS "c0", TABLE_NAME AS "c1", TABLE_TYPE AS "c2", 0 AS "c3"
      FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA NOT IN ${SYSTEM} AND $CONDITIONS ORDER BY 1, 2`;
    const rows = await this.#ask(sql);
    if (rows === undefined) return (await this.#names()).map((name) => ({ name, isView: false }));
    return rows.map(([schema, table, type]) => ({
      name: `${schema}.${table}`,
      isView: String(type).includes("VIEW"),
    }));
  }

  /** Undefined where the database does not say, or there is not one such table. */
  async find(name: string): Promise<CatalogTable | undefined> {
    const { schema, table } = partsOf(name);
    const where = (of: string): string =>
      `${of}.TABLE_NAME = '${table}'${schema === undefined ? "" : ` AND ${of}.TABLE_SCHEMA = '${schema}'`}`;
    const sql = `SELECT 'table' AS "c0", t.TABLE_SCHEMA AS "c1", t.TABLE_TYPE AS "c2", 0 AS "c3"
        FROM INFORMATION_SCHEMA.TABLES t WHERE ${where("t")} AND $CONDITIONS
      UNION ALL SELECT 'not null', c.COLUMN_NAME, 'x', c.ORDINAL_POSITION
        FROM INFORMATION_SCHEMA.COLUMNS c WHERE ${where("c")} AND c.IS_NULLABLE = 'NO'
      UNION ALL SELECT n.CONSTRAINT_TYPE, k.COLUMN_NAME, n.CONSTRAINT_NAME, k.ORDINAL_POSITION
        FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS n JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE k
          ON k.CONSTRAINT_NAME = n.CONSTRAINT_NAME AND k.TABLE_SCHEMA = n.TABLE_SCHEMA AND k.TABLE_NAME = n.TABLE_NAME
        WHERE ${where("n")} AND n.CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')`;
    const rows = await this.#ask(sql);
    return rows && catalogTable(rows);
  }

  /** Undefined where there is no INFORMATION_SCHEMA. */
  async #ask(sql: string): Promise<JdbcRow[] | undefined> {
    if (this.#isMissing) return undefined;
    try {
      return await this.#imports.all({ sql, sqlTypes: Array.from({ length: 4 }, () => undefined) });
    } catch (error) {
      // The database's own words for "no such schema" are as many as there are databases.
      const isRefused = error instanceof BackendError && error.code === "backend-failed";
      if (!isRefused) throw error;
      this.#isMissing = true;
      return undefined;
    }
  }

  async #names(): Promise<string[]> {
    const folder = this.#program.work.runFolder();
    try {
      const said = await this.#program.run({
        tool: "list-tables",
        doing: "listing tables",
        folder,
        options: [],
      });
      return [...new Set(said.split("\n"))].filter((name) => name !== "").sort();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** @param rows What it is, a name, another one, a position. */
function catalogTable(rows: readonly JdbcRow[]): CatalogTable | undefined {
  const of = (kind: string): (readonly string[])[] =>
    rows.filter(([is]) => is === kind).map(([, ...cells]) => cells.map(String));
  const [table, another] = of("table");
  if (table === undefined || another !== undefined) return undefined;
  const keys = (kind: string): Map<string, string[]> => {
    const byName = new Map<string, string[]>();
    for (const [column = "", name = ""] of of(kind).sort((a, b) => Number(a[2]) - Number(b[2]))) {
      byName.set(name, [...(byName.get(name) ?? []), column]);
    }
    return byName;
  };
  return {
    isView: (table[1] ?? "").includes("VIEW"),
    notNull: new Set(of("not null").map(([column = ""]) => column)),
    primaryKey: [...keys("PRIMARY KEY").values()][0] ?? [],
    unique: [...keys("UNIQUE").values()],
  };
}
