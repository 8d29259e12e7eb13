/** The owner of a table, with HBase's own Java client. */
import { execFile } from "node:child_process";
import { inject } from "vitest";
import { here, programArguments } from "./hbase-server.ts";

/** As HBaseOwner.java prints it; what the value's length does not fit is missing. */
export interface OwnersCell {
  /** As text in UTF-8. */
  readonly row: string;
  readonly column: string;
  readonly bytes: Buffer;
  readonly text: string;
  readonly boolean?: string;
  readonly int?: string;
  readonly long?: string;
  readonly double?: string;
}

export const asBase64 = (value: string | Uint8Array): string => Buffer.from(value).toString("base64");

/** Does what it is asked, then reads the table. @param requests As HBaseOwner.java takes them. */
export function asOwner(table: string, requests: readonly string[] = []): Promise<OwnersCell[]> {
  const args = [
    "-Xmx256m",
    ...programArguments([]),
    here("HBaseOwner.java"),
    inject("hbaseZooKeeper"),
    table,
  ];
  return new Promise((resolve, reject) => {
    const running = execFile("java", args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`HBase's client failed:\n${stderr}`, { cause: error }));
      else resolve(cellsOf(stdout));
    });
    running.stdin?.end(requests.map((request) => `${request}\n`).join(""));
  });
}

/** What is logged stands between the cells. */
function cellsOf(stdout: string): OwnersCell[] {
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => {
    const {
      row = "",
      column = "",
      bytes = "",
      text = "",
      ...numbers
    } = JSON.parse(line) as Record<string, string>;
    return {
      row: fromBase64(row).toString(),
      column: fromBase64(column).toString(),
      bytes: fromBase64(bytes),
      text: fromBase64(text).toString(),
      ...numbers,
    };
  });
}

const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64");
