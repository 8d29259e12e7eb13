import { maxByteLengthOf, type ViewParts, viewParts } from "./brands.ts";

const clone = structuredClone;
type Resizable = ArrayBuffer & { resize(byteLength: number): void };

/**
 * Whether a view was made without a length, so that it follows its resizable buffer. No property tells; a
 * clone is resized to see. Where no resize could ever tell, the answer is no.
 */
export function isLengthTracking(view: ArrayBufferView, parts: ViewParts): boolean {
  const maxByteLength = maxByteLengthOf(parts.buffer);
  if (maxByteLength === undefined) return false;
  const probe = clone(view);
  const buffer = probe.buffer as Resizable;
  buffer.resize(maxByteLength);
  if (viewParts(probe)?.byteLength !== parts.byteLength) return true;
  // No room to grow. Shrunk to its very start, a fixed view is out of bounds and a tracking one is empty.
  buffer.resize(parts.byteOffset);
  return parts.byteLength > 0 && viewParts(probe) !== undefined;
}
