/** Addresses of IPv4 and IPv6 as texts: dotted, or as RFC 5952 says. */
import { isIPv4, isIPv6 } from "node:net";

/** @param bytes 4 or 16. */
export function inetText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const zeros = longestZeros(groups);
  const hex = (some: readonly number[]): string => some.map((group) => group.toString(16)).join(":");
  if (zeros === undefined) return hex(groups);
  return `${hex(groups.slice(0, zeros.from))}::${hex(groups.slice(zeros.to))}`;
}

/** The first of the longest runs of at least two. */
function longestZeros(groups: readonly number[]): { from: number; to: number } | undefined {
  let longest: { from: number; to: number } | undefined;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from >= 2 && to - from > (longest === undefined ? 0 : longest.to - longest.from))
      longest = { from, to };
  }
  return longest;
}

/** Undefined for every other spelling than `inetText`'s. */
export function parseInet(text: string): Buffer | undefined {
  const bytes = isIPv4(text)
    ? Buffer.from(text.split(".").map(Number))
    : isIPv6(text)
      ? ipv6Bytes(text)
      : undefined;
  return bytes !== undefined && inetText(bytes) === text ? bytes : undefined;
}

/** Without dots and zones, which no canonical text has. */
function ipv6Bytes(text: string): Buffer | undefined {
  if (!/^[\da-f:]+$/.test(text)) return undefined;
  const [head = "", tail] = text.split("::");
  const groupsOf = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const groups = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
