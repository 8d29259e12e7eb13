/**
 * Conversions for cells that are bytes and nothing else: what writers agreed on is declared in the mapping. Numbers
 * are big-endian, and true is a byte of ones, as HBase's `Bytes` has them.
 */
import { type Cell, classOfCell, NotRepresentable } from "./cell.ts";

/** A conversion of a value other than undefined, and of a cell other than NULL; each refuses what is not exact. */
export interface Conversion {
  readonly toCell: (value: unknown) => Cell | NotRepresentable;
  readonly fromCell: (cell: Exclude<Cell, null>) => unknown;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of another conversion, as its UTF-8 bytes. */
export function inUtf8(text: Conversion): Conversion {
  return {
    toCell: (value) => {
      const cell = text.toCell(value);
      return typeof cell === "string" ? encoder.encode(cell) : cell;
    },
    fromCell: (cell) => {
      if (!(cell instanceof Uint8Array)) return otherClass(cell);
      try {
        return text.fromCell(decoder.decode(cell));
      } catch {
        return new NotRepresentable("its bytes are not UTF-8");
      }
    },
  };
}

/** The integer of another conversion, as big-endian bytes in two's complement. */
export function inBytes(integer: Conversion, length: 4 | 8): Conversion {
  const bits = 8 * length;
  return {
    toCell: (value) => {
      const cell = integer.toCell(value);
      if (typeof cell !== "bigint") return cell;
      if (BigInt.asIntN(bits, cell) !== cell) return new NotRepresentable(`it does not fit in ${bits} bits`);
      return bytesOf(length, (view) =>
        length === 4 ? view.setInt32(0, Number(cell)) : view.setBigInt64(0, cell),
      );
    },
    fromCell: (cell) => {
      const view = viewOf(cell, length);
      if (view instanceof NotRepresentable) return view;
      return integer.fromCell(length === 4 ? BigInt(view.getInt32(0)) : view.getBigInt64(0));
    },
  };
}

/** The number of another conversion, as the bytes of an IEEE 754 double. */
export function inDoubleBytes(real: Conversion): Conversion {
  return {
    toCell: (value) => {
      const cell = real.toCell(value);
      return typeof cell === "number" ? bytesOf(8, (view) => view.setFloat64(0, cell)) : cell;
    },
    fromCell: (cell) => {
      const view = viewOf(cell, 8);
      return view instanceof NotRepresentable ? view : real.fromCell(view.getFloat64(0));
    },
  };
}

/** The 0 or 1 of another conversion, as one byte of zeros or ones. */
export function inOneByte(boolean: Conversion): Conversion {
  return {
    toCell: (value) => {
      const cell = boolean.toCell(value);
      return typeof cell === "bigint" ? Uint8Array.of(cell === 0n ? 0 : 0xff) : cell;
    },
    fromCell: (cell) => {
      const view = viewOf(cell, 1);
      if (view instanceof NotRepresentable) return view;
      const byte = view.getUint8(0);
      if (byte !== 0 && byte !== 0xff) return new NotRepresentable(`its byte is ${byte}, neither 0 nor 255`);
      return boolean.fromCell(byte === 0 ? 0n : 1n);
    },
  };
}

function bytesOf(length: number, put: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  put(new DataView(bytes.buffer));
  return bytes;
}

function viewOf(cell: Exclude<Cell, null>, length: number): DataView | NotRepresentable {
  if (!(cell instanceof Uint8Array)) return otherClass(cell);
  if (cell.length === length) return new DataView(cell.buffer, cell.byteOffset, length);
  return new NotRepresentable(`it has ${cell.length} bytes, the mapping says ${length}`);
}

const otherClass = (cell: Cell): NotRepresentable =>
  new NotRepresentable(`the column holds ${classOfCell(cell)}, the mapping says bytes`);
