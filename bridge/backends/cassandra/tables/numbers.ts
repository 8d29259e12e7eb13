/** Integers of any size, decimals and variable-length integers, as Cassandra's bytes and as texts. */

/** Two's complement, big-endian, no byte more than needed. */
export function varintBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  const hex = BigInt.asUintN(8 * length, value).toString(16);
  return Buffer.from(hex.padStart(2 * length, "0"), "hex");
}

export function bigintOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}

const MAX_SCALE = 2 ** 31 - 1;

/** As Java's BigDecimal writes itself, which says value and scale: "1.50" is not "1.5", "1E+3" is not "1000". */
export function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const exponent = digits.length - 1 - scale;
  if (scale === 0) return sign + digits;
  if (scale > 0 && exponent >= -6) {
    const padded = digits.padStart(scale + 1, "0");
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const power = exponent === 0 ? "" : `E${exponent > 0 ? "+" : ""}${exponent}`;
  return `${sign}${digits.charAt(0)}${fraction}${power}`;
}

/** Undefined for every other spelling. */
export function parseDecimal(
  text: string,
): { readonly unscaled: bigint; readonly scale: number } | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const scale = fraction.length - Number(power);
  if (!Number.isInteger(scale) || Math.abs(scale) > MAX_SCALE) return undefined;
  const unscaled = BigInt(`${whole}${fraction}`) * (sign === "-" ? -1n : 1n);
  return decimalText(unscaled, scale) === text ? { unscaled, scale } : undefined;
}

/** Cassandra's unsigned vint: as many ones as bytes follow lead the first byte. @param value Up to 64 bits. */
export function unsignedVint(value: bigint): Buffer {
  let extra = 0;
  while (extra < 8 && value >> BigInt(7 * (extra + 1)) !== 0n) extra++;
  const bytes = Buffer.alloc(extra + 1);
  let rest = value;
  for (let i = extra; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = (bytes[0] ?? 0) | ((0xff00 >> extra) & 0xff);
  return bytes;
}

/** Small numbers of either sign become small unsigned ones. */
export const signedVint = (value: bigint): Buffer =>
  unsignedVint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
