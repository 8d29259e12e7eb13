import { inject } from "vitest";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");

/** What somebody else does to a row, with a client of their own. @param value Absent = deletes the cell. */
export async function changeCell(table: string, row: string, column: string, value?: string): Promise<void> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const url = `${inject("hbase")}/${table}/${encodeURIComponent(row)}`;
  const { status } =
    value === undefined
      ? await fetch(`${url}/${column}`, { method: "DELETE", headers })
      : await fetch(url, {
          method: "PUT",
          headers,
          body: JSON.stringify({
            Row: [{ key: base64(row), Cell: [{ column: base64(column), $: base64(value) }] }],
          }),
        });
  if (status !== 200) throw new Error(`${row} ${column}: HTTP ${status}`);
}
