import { KeyError } from "./key.ts";

const DIGITS = "0123456789abcdef";
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15),
);

/** Lower-case hexadecimal; the order of the texts is the order of the bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] as number];
  return text;
}

/**
 * The bytes of what `toHex` gave. Upper-case digits are refused: of two spellings of one key, one would sort
 * elsewhere.
 *
 * @throws KeyError "malformed-key" for an odd length or another character.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new KeyError("malformed-key", "Hexadecimal text has an odd length.");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digitAt(text, 2 * i) * 16 + digitAt(text, 2 * i + 1);
  }
  return bytes;
}

function digitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x61 + 10;
  throw new KeyError("malformed-key", `Hexadecimal text has another character at index ${index}.`);
}
