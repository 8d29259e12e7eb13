/**
 * Names of columns for people, and the bytes that they stand for (as text in Latin-1, in which each character is a byte).
 *
 * A column is `family:qualifier`, and a qualifier is any bytes. What is UTF-8 is shown as its text; bytes that are not,
 * control characters and the backslash are shown as HBase's shell does, `\x00`, so that no two columns have one name.
 */

/** The row's key, as a column. A name without a colon, which no column of HBase has. */
export const ROW_KEY = "(row key)";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param column Its bytes. */
export function columnName(column: string): string {
  try {
    return utf8
      .decode(Buffer.from(column, "latin1"))
      .replace(/[\\\p{Cc}]/gu, (character) => escaped(Buffer.from(character, "utf8")));
  } catch {
    return column.replace(/[^\x20-\x5b\x5d-\x7e]/g, (byte) => escaped(Buffer.from(byte, "latin1")));
  }
}

const escaped = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");

/** @param name As `columnName` gives it, or as a person wrote it. */
export function columnBytes(name: string): string {
  const parts = name.split(/\\x([0-9A-Fa-f]{2})/);
  return parts
    .map((part, i) =>
      i % 2 === 1
        ? String.fromCharCode(Number.parseInt(part, 16))
        : Buffer.from(part, "utf8").toString("latin1"),
    )
    .join("");
}

/** Of a column's name or its bytes. */
export const familyOf = (column: string): string => column.slice(0, Math.max(0, column.indexOf(":")));

/** Whether nothing comes behind the family: a column like any other, which the gateway cannot check when it puts. */
export const hasNoQualifier = (column: string): boolean => column.indexOf(":") === column.length - 1;
