/** Imports whose columns are typed by the driver: what may be changed on its way comes as the driver's own text (--map-column-java). */
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../../backend-error.ts";
import { importQuery } from "../import-query.ts";
import type { SqoopProgram } from "../sqoop-program.ts";
import { type AvroCell, type AvroColumn, AvroFile } from "./avro-file.ts";
import { typeOf } from "./jdbc-types.ts";

export type JdbcRow = readonly AvroCell[];

export interface JdbcQuery {
  /** With $CONDITIONS; its columns are called "c0", "c1" and so on, in quotes. */
  readonly sql: string;
  /** What each column is expected to be, as java.sql.Types numbers it; absent = whatever, as a text. */
  readonly sqlTypes: readonly (number | undefined)[];
}

/** Rows of a page. */
const PAGE_ROWS = 2_000;
const ROW_CLASS = "DriftscopeRow";
/** Larger ones would be left in files of their own, as a name in the row. */
const INLINE_LOB_BYTES = 1024 * 1024 * 1024;

export class JdbcImports {
  readonly #program: SqoopProgram;

  constructor(program: SqoopProgram) {
    this.#program = program;
  }

  /** @throws BackendError */
  async all(query: JdbcQuery): Promise<JdbcRow[]> {
    const rows: JdbcRow[] = [];
    for await (const page of this.pages(query)) rows.push(...page);
    return rows;
  }

  /**
   * Complete when it returns: the job has said that all of it was written, and the file ends where a block does.
   *
   * @throws BackendError; "mapping-mismatch" where a column is of another type by now
   */
  async *pages(query: JdbcQuery, signal?: AbortSignal): AsyncGenerator<readonly JdbcRow[]> {
    const folder = this.#program.work.runFolder();
    try {
      await this.#import(query, folder, signal);
      if (!existsSync(join(folder, "rows", "_SUCCESS"))) {
        throw new BackendError("incomplete", "The import of Sqoop did not say that it is whole: ask again.");
      }
      const file = new AvroFile(join(folder, "rows", "part-m-00000.avro"));
      try {
        requireTypes(query, file.columns);
        yield* inPages(file.rows(), signal);
      } finally {
        file.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #import({ sql, sqlTypes }: JdbcQuery, folder: string, signal?: AbortSignal): Promise<void> {
    const javas = sqlTypes.map((sqlType) => typeOf(sqlType ?? 0)?.java ?? "string");
    const texts = javas.flatMap((java, i) => (java === "string" ? [`c${i}=String`] : []));
    const types = createHash("sha256").update(javas.join()).digest("hex").slice(0, 16);
    return importQuery(this.#program, {
      sql,
      folder,
      className: ROW_CLASS,
      shape: `${ROW_CLASS}-${types}`,
      settings: [
        // Decimals come as texts with all their digits.
        ["-Dsqoop.avro.logical_types.decimal.enable=false"],
        ["-Dsqoop.bigdecimal.format.string=true"],
        // Whatever the installation's own configuration says.
        ["-Dmapreduce.fileoutputcommitter.marksuccessfuljobs=true"],
        ["-Dmapreduce.output.fileoutputformat.compress=false"],
      ],
      options: [
        ["--as-avrodatafile"],
        ["--inline-lob-limit", INLINE_LOB_BYTES],
        ...(texts.length === 0 ? [] : [["--map-column-java", texts.join(",")] as const]),
      ],
      signal,
    });
  }
}

function* inPages(rows: Iterable<JdbcRow>, signal?: AbortSignal): Generator<readonly JdbcRow[]> {
  let page: JdbcRow[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    signal?.throwIfAborted();
    yield page;
    page = [];
  }
  yield page;
}

function requireTypes({ sqlTypes }: JdbcQuery, columns: readonly AvroColumn[]): void {
  const isSame = sqlTypes.every((sqlType, i) => {
    const found = columns[i];
    return found?.name === `c${i}` && (sqlType === undefined || sqlType === found.sqlType);
  });
  if (isSame && columns.length === sqlTypes.length) return;
  throw new BackendError(
    "mapping-mismatch",
    "The table was changed while it was read: a column is of another type by now. Try again.",
  );
}
