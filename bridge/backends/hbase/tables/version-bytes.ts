/** How a version cell moves: bytes, as everybody's clients make them. */
import { randomUUID } from "node:crypto";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";

const LONG_BYTES = 8;
const MAX_LONG = 2n ** 63n - 1n;
const DIGITS = /^[0-9]+$/;

/**
 * Digits stay digits, as many at least; eight other bytes are a big-endian integer, as HBase's increment makes them. A
 * row's first version is the integer 1. A UUID is its text.
 */
export function nextVersion(moves: "increment" | "uuid", before: Cell): Cell | NotRepresentable {
  if (moves === "uuid") return new TextEncoder().encode(randomUUID());
  if (before === null) return toLong(1n);
  if (!(before instanceof Uint8Array)) return new NotRepresentable("it holds no bytes");
  const bytes = Buffer.from(before.buffer, before.byteOffset, before.byteLength);
  const text = bytes.toString("latin1");
  if (DIGITS.test(text)) {
    return new TextEncoder().encode(String(BigInt(text) + 1n).padStart(text.length, "0"));
  }
  if (bytes.length !== LONG_BYTES) {
    return new NotRepresentable(
      "it holds neither digits nor an integer of eight bytes, to which 1 can be added",
    );
  }
  const number = bytes.readBigInt64BE();
  return number === MAX_LONG
    ? new NotRepresentable("it holds the largest integer of eight bytes")
    : toLong(number + 1n);
}

function toLong(number: bigint): Uint8Array {
  const bytes = new Uint8Array(LONG_BYTES);
  new DataView(bytes.buffer).setBigInt64(0, number);
  return bytes;
}
