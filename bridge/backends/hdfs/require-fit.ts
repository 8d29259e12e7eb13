import type { ColumnsMapping } from "../../../core/mapping/columns-mapping.ts";
import { BackendError } from "../backend-error.ts";
import { FolderTables } from "./folders/folder-tables.ts";
import type { WebHdfs } from "./webhdfs/webhdfs.ts";

export interface RunFolder {
  readonly fs: WebHdfs;
  /** In which the runs of a table lie, and which of them is meant. */
  readonly runs: string;
  readonly run: string;
  /** Of the datasets. */
  readonly ownFolder: string;
}

/**
 * That what a run wrote has the columns that its mapping names: all of them where files declare theirs. Rows of JSON lack
 * what they have nothing for, but for the key.
 *
 * @throws BackendError "job-failed" naming the column
 */
export async function requireFit(
  { fs, runs, run, ownFolder }: RunFolder,
  { key, fields }: Pick<ColumnsMapping, "key" | "fields">,
): Promise<void> {
  const { columns, columnsOf } = await new FolderTables(fs, { tablesFolder: runs, ownFolder }).describe(run);
  const names = columns.map(({ name }) => name);
  const needed = columnsOf === undefined ? [...key, ...fields] : key;
  const missing = needed.find(({ column }) => !names.includes(column));
  if (missing === undefined) return;
  const where = columnsOf === undefined ? "it has" : `${columnsOf} have`;
  throw new BackendError(
    "job-failed",
    `The output was not taken, since it has no column ${JSON.stringify(missing.column)}, which its mapping in the config file names; ${where} ${names.join(", ")}. Mend the job or the mapping.`,
  );
}
