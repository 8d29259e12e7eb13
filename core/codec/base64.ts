/** Base64 of RFC 4648 §4, with padding. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UNIT_OF_DIGIT = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const NOT_A_DIGIT = 255;
const DIGIT_OF_UNIT = new Uint8Array(128).fill(NOT_A_DIGIT);
for (const [digit, unit] of UNIT_OF_DIGIT.entries()) DIGIT_OF_UNIT[unit] = digit;
const PADDING = "=".charCodeAt(0);

const latin1 = new TextDecoder("latin1");
/** Below this many bytes, putting the text together beats the decoder. */
const SHORT = 64;

export function encodeBase64(bytes: Uint8Array): string {
  const units = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const whole = bytes.length - (bytes.length % 3);
  let at = 0;
  for (let i = 0; i < whole; i += 3) {
    const three = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    units[at++] = UNIT_OF_DIGIT[three >> 18] as number;
    units[at++] = UNIT_OF_DIGIT[(three >> 12) & 63] as number;
    units[at++] = UNIT_OF_DIGIT[(three >> 6) & 63] as number;
    units[at++] = UNIT_OF_DIGIT[three & 63] as number;
  }
  if (whole < bytes.length) {
    const two = ((bytes[whole] as number) << 8) | (bytes[whole + 1] ?? 0);
    units[at++] = UNIT_OF_DIGIT[two >> 10] as number;
    units[at++] = UNIT_OF_DIGIT[(two >> 4) & 63] as number;
    units[at++] = whole + 1 < bytes.length ? (UNIT_OF_DIGIT[(two << 2) & 63] as number) : PADDING;
    units[at++] = PADDING;
  }
  return bytes.length < SHORT
    ? String.fromCharCode.apply(null, units as unknown as number[])
    : latin1.decode(units);
}

/** Undefined for any text but the one that `encodeBase64` gives for some bytes. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const whole = padding === 0 ? text.length : text.length - 4;
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = digitAt(text, i);
    const b = digitAt(text, i + 1);
    const c = digitAt(text, i + 2);
    const d = digitAt(text, i + 3);
    if ((a | b | c | d) > 63) return undefined;
    bytes[at++] = (a << 2) | (b >> 4);
    bytes[at++] = (b << 4) | (c >> 2);
    bytes[at++] = (c << 6) | d;
  }
  if (padding === 0) return bytes;
  const a = digitAt(text, whole);
  const b = digitAt(text, whole + 1);
  const c = padding === 1 ? digitAt(text, whole + 2) : 0;
  const unusedBits = padding === 1 ? c & 3 : b & 15;
  if ((a | b | c) > 63 || unusedBits !== 0) return undefined;
  bytes[at++] = (a << 2) | (b >> 4);
  if (padding === 1) bytes[at] = (b << 4) | (c >> 2);
  return bytes;
}

function digitAt(text: string, index: number): number {
  return DIGIT_OF_UNIT[text.charCodeAt(index)] ?? NOT_A_DIGIT;
}
