/**
 * Crockford's base32 in lower case: no padding, no letters that are read as digits.
 * https://www.crockford.com/base32.html
 */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/** Accepts upper case, and o, i, l for the digits they look like. Undefined when it is not `size` bytes. */
export function fromBase32(text: string, size: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== Math.ceil((size * 8) / 5)) return undefined;
  const bytes = new Uint8Array(size);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const letter of text.toLowerCase().replaceAll("o", "0").replaceAll(/[il]/g, "1")) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = value >>> bits;
    value &= (1 << bits) - 1;
  }
  return value === 0 ? bytes : undefined;
}
