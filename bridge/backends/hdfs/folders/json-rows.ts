/** Rows of NDJSON and of JSON arrays: an object each. Numbers that JSON.parse would round are kept as they are written. */
import { parse } from "lossless-json";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import type { WebHdfs } from "../webhdfs/webhdfs.ts";
import { bytesOf } from "./file-bytes.ts";
import type { FileRow } from "./file-rows.ts";
import type { DataFile } from "./plain-files.ts";
import { elementsOf, linesOf, type TextPiece } from "./text-pieces.ts";

/** Of at most 15 digits every number is exact; exponents may be beyond what a number holds. */
const MAY_BE_ROUNDED = /[\d.]{16}|\d[eE]/;

/** @throws ProtocolError "corrupt" naming file and line */
export async function* jsonRows(
  fs: WebHdfs,
  file: DataFile,
  format: "NDJSON" | "JSON",
  signal?: AbortSignal,
): AsyncGenerator<readonly FileRow[]> {
  const isLines = format === "NDJSON";
  const bytes = bytesOf(fs, file, signal);
  const pieces = isLines ? linesOf(file.path, bytes) : elementsOf(file.path, bytes);
  const rowOf = (piece: TextPiece): FileRow =>
    parseRow(`${file.path}, ${isLines ? "line" : "element"} ${piece.at}`, piece.text, isLines);
  for await (const some of pieces) if (some.length > 0) yield some.map(rowOf);
}

function parseRow(where: string, text: string, isLine: boolean): FileRow {
  let value: unknown;
  try {
    value = MAY_BE_ROUNDED.test(text)
      ? parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue })
      : JSON.parse(text);
  } catch (error) {
    const hint = isLine ? " NDJSON is one object a line, without line breaks in it." : "";
    throw new ProtocolError("corrupt", `${where}: it is no JSON (${messageOf(error)}).${hint}`, {
      cause: error,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as FileRow;
  throw new ProtocolError("corrupt", `${where}: it is no object, and rows are objects.`);
}
