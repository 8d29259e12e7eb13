import { createHash } from "node:crypto";

/**
 * How much later than its time a run begins, in whole milliseconds from 0 to the most: the same for the same seed and
 * time, so that what is told beforehand is what happens.
 */
export function jitterMs(seed: string, due: number, mostMs: number): number {
  const random = createHash("sha256").update(`${seed}\n${due}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor(random * (Math.floor(mostMs) + 1));
}
