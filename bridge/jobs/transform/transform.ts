/** Makes of records what a job reads: lines of JSON. */

import { decodeValue } from "../../../core/codec/decode-value.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { keyToJson } from "../../../core/key/key-json.ts";
import { BackendError } from "../../backends/backend-error.ts";
import type { TransformConfig } from "../../config/jobs-schema.ts";
import { ModuleThread } from "../../modules/module-thread.ts";
import { programUrl } from "../../process/program-url.ts";
import { projectRecord, UnfitError } from "./project-record.ts";
import type { RowsToTransform, TransformedRows } from "./transform-messages.ts";

const THREAD = programUrl("jobs/transform/transform-thread.js");
const ROWS_AT_A_TIME = 1000;
/** Of the texts of the rows that are sent at a time, in UTF-16 units. */
const UNITS_AT_A_TIME = 1024 * 1024;

export interface TransformedRecord {
  readonly key: Uint8Array;
  /** A text of core/codec. */
  readonly body: string;
}

/**
 * @param moduleFile Absolute; of `config.module`.
 * @throws BackendError "job-failed" naming the record that cannot be a row; nothing is left out silently
 */
export async function* transformRecords(
  records: AsyncIterable<TransformedRecord>,
  config: TransformConfig | undefined,
  moduleFile: string | undefined,
): AsyncGenerator<Buffer> {
  const thread =
    moduleFile === undefined
      ? undefined
      : new ModuleThread<RowsToTransform, TransformedRows>({
          script: THREAD,
          file: moduleFile,
          what: "The module of the job's transform",
          code: "job-failed",
          timeoutMs: config?.timeoutMs ?? 0,
        });
  try {
    for await (const rows of inGroups(projected(records, config))) {
      const lines = thread === undefined ? rows.map(({ row }) => row) : await asked(thread, rows);
      if (lines.length > 0) yield Buffer.from(`${lines.join("\n")}\n`);
    }
  } finally {
    await thread?.close();
  }
}

type Rows = RowsToTransform["rows"];

async function* projected(
  records: AsyncIterable<TransformedRecord>,
  config: TransformConfig | undefined,
): AsyncGenerator<Rows[number]> {
  for await (const { key, body } of records) {
    try {
      const row = projectRecord(decodeKey(key), decodeValue(body), config?.fields);
      yield { key, row: JSON.stringify(row) };
    } catch (error) {
      if (error instanceof UnfitError) throw unfit(key, error.message);
      throw error;
    }
  }
}

async function* inGroups(rows: AsyncIterable<Rows[number]>): AsyncGenerator<Rows> {
  let group: Rows[number][] = [];
  let units = 0;
  for await (const row of rows) {
    group.push(row);
    units += row.row.length;
    if (group.length < ROWS_AT_A_TIME && units < UNITS_AT_A_TIME) continue;
    yield group;
    group = [];
    units = 0;
  }
  if (group.length > 0) yield group;
}

async function asked(
  thread: ModuleThread<RowsToTransform, TransformedRows>,
  rows: Rows,
): Promise<readonly string[]> {
  const reply = await thread.ask({ rows });
  if ("ended" in reply) {
    throw new BackendError(
      "job-failed",
      `The module of the job's transform gave no rows: ${reply.ended}. Nothing was run.`,
    );
  }
  const { answer } = reply;
  if ("lines" in answer) return answer.lines;
  throw unfit(rows[answer.unfit]?.key ?? new Uint8Array(), answer.reason);
}

function unfit(key: Uint8Array, reason: string): BackendError {
  const name = JSON.stringify(keyToJson(decodeKey(key)));
  return new BackendError(
    "job-failed",
    `The record ${name} cannot be given to the job: ${reason}. Nothing was run.`,
  );
}
