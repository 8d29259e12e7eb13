/** Cuts what is read into the texts of its records: the lines of NDJSON, the elements of a JSON array. */
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../backend-error.ts";

/** One record's text, and where it stands: the number of its line, or of its element. */
export interface TextPiece {
  readonly text: string;
  readonly at: number;
}

const MAX_PIECE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;

/** Decodes what is UTF-8, and refuses what is not. */
class Decoder {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @param where As "line 5". */
  text(bytes: Uint8Array, where: string): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      throw new ProtocolError("corrupt", `${this.#path}, ${where}: it is not UTF-8.`, { cause: error });
    }
  }
}

/** Blank lines are none. */
export async function* linesOf(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<TextPiece[]> {
  const decoder = new Decoder(path);
  let line = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const cut = (bytes: Uint8Array): TextPiece[] => {
    const first = line;
    const texts = decoder.text(bytes, `after line ${line - 1}`).split("\n");
    line += texts.length;
    return texts.flatMap((text, i) => (text.trim() === "" ? [] : [{ text, at: first + i }]));
  };
  for await (const chunk of withoutMark(chunks)) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end === -1) {
      held.push(chunk);
      heldBytes += chunk.length;
      requireSmall(path, heldBytes);
      continue;
    }
    const pieces = cut(Buffer.concat([...held, chunk.subarray(0, end)]));
    held = [chunk.subarray(end + 1)];
    heldBytes = chunk.length - end - 1;
    yield pieces;
  }
  yield cut(Buffer.concat(held));
}

/**
 * The elements of the array that the file is, by the brackets and strings in it; whether each is JSON shows when it is parsed.
 * @throws ProtocolError "corrupt" where the array does not end, or something comes behind it
 */
export async function* elementsOf(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<TextPiece[]> {
  const decoder = new Decoder(path);
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let isOver = false;
  let at = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of withoutMark(chunks)) {
    const pieces: TextPiece[] = [];
    let from = 0;
    const cut = (end: number): void => {
      const text = decoder.text(Buffer.concat([...held, chunk.subarray(from, end)]), `element ${at}`);
      held = [];
      heldBytes = 0;
      from = end + 1;
      pieces.push({ text, at: at++ });
    };
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (isOver && !isBlank(byte)) {
        throw new ProtocolError("corrupt", `${path} goes on behind the end of its JSON array.`);
      }
      if (byte === QUOTE) inString = true;
      else if (byte === COMMA && depth === 1) cut(i);
      else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) {
        if (++depth === 1) from = i + 1;
      } else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) {
        if (--depth > 0) continue;
        cut(i);
        isOver = true;
      }
    }
    if (!isOver) {
      held.push(chunk.subarray(from));
      heldBytes += chunk.length - from;
      requireSmall(path, heldBytes);
    }
    // The last cut of an empty array, and of one that ends in no element, is blank.
    yield isOver && at === 2 ? pieces.filter(({ text }) => text.trim() !== "") : pieces;
  }
  if (!isOver) throw new ProtocolError("corrupt", `${path} ends before its JSON array does.`);
}

/** Without the byte order mark that some programs begin with. */
async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const hasMark = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    isFirst = false;
    yield hasMark ? chunk.subarray(3) : chunk;
  }
}

function requireSmall(path: string, bytes: number): void {
  if (bytes <= MAX_PIECE_BYTES) return;
  throw new BackendError("too-large", `${path} has a record of more than ${MAX_PIECE_BYTES} bytes.`);
}
