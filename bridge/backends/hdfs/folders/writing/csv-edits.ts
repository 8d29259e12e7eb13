/** Changes rows in the text of CSV; fields that are not changed stay to the letter. */
import type { TextEdits } from "./json-edits.ts";

/** By columns; null = NULL, which is a field of nothing. */
export type CsvCells = ReadonlyMap<string, string | null>;

interface CsvRecord {
  /** As they are written. */
  readonly fields: readonly string[];
  /** Its line break. */
  readonly end: string;
}

/** @param header The column names of this file, in its order. @param keepsRows Else only the line of names stays. */
export function editCsv(
  text: string,
  delimiter: string,
  header: readonly string[],
  { changed, added }: TextEdits<CsvCells>,
  keepsRows: boolean,
): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const records = csvRecords(text.slice(mark.length), delimiter);
  const isBlank = ({ fields }: CsvRecord): boolean => fields.length === 1 && fields[0] === "";
  const first = records.findIndex((record) => !isBlank(record));
  const names = records[first] ?? { fields: [], end: "" };
  const end = names.end === "" ? "\n" : names.end;
  const field = (value: string | null | undefined): string => fieldOf(value ?? null, delimiter);
  let row = 0;
  const kept = records.slice(first + 1).flatMap((record) => {
    if (!keepsRows) return [];
    const edit = isBlank(record) ? undefined : changed.get(row++);
    if (edit === undefined) return [record];
    if (edit === "delete") return [];
    const fields = header.map((name, i) =>
      edit.has(name) ? field(edit.get(name)) : (record.fields[i] ?? ""),
    );
    return [{ ...record, fields }];
  });
  const more = added.map((cells) => ({ fields: header.map((name) => field(cells.get(name))), end }));
  const all = [...records.slice(0, first), names, ...kept, ...more];
  const written = all.map((record, i) => {
    const isLast = i === all.length - 1;
    return record.fields.join(delimiter) + (record.end === "" && !isLast ? end : record.end);
  });
  return mark + written.join("");
}

function fieldOf(value: string | null, delimiter: string): string {
  if (value === null) return "";
  const isPlain =
    value !== "" && !/["\r\n]/.test(value) && !value.includes(delimiter) && value.trim() === value;
  return isPlain ? value : `"${value.replaceAll('"', '""')}"`;
}

function csvRecords(text: string, delimiter: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let start = 0;
  let isQuoted = false;
  const cut = (at: number): void => {
    fields.push(text.slice(start, at));
  };
  const finish = (at: number, end: string): void => {
    cut(at);
    records.push({ fields, end });
    fields = [];
    start = at + end.length;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted) {
      // A doubled quote ends and begins at once.
      if (character === '"') isQuoted = false;
    } else if (character === '"') {
      isQuoted = true;
    } else if (character === delimiter) {
      cut(at);
      start = at + 1;
    } else if (character === "\n") {
      finish(at, "\n");
    } else if (character === "\r") {
      const end = text[at + 1] === "\n" ? "\r\n" : "\r";
      finish(at, end);
      at += end.length - 1;
    }
  }
  if (start < text.length || fields.length > 0) finish(text.length, "");
  return records;
}
