/** Nodes looked at before the rest of a value is taken to be like what was seen. */
const MAX_NODES = 256;

/** Bytes that a value takes in memory, roughly and fast: for sizing batches, nothing else. */
export function roughSize(value: unknown): number {
  let bytes = 0;
  let nodes = 0;
  let weight = 1;
  const pending: unknown[] = [value];
  while (pending.length > 0 && nodes < MAX_NODES) {
    nodes++;
    const next = pending.pop();
    if (typeof next === "string") {
      bytes += (next.length + 8) * weight;
    } else if (typeof next !== "object" || next === null) {
      bytes += 8 * weight;
    } else if (next instanceof ArrayBuffer || ArrayBuffer.isView(next)) {
      bytes += (next.byteLength + 16) * weight;
    } else if (next instanceof Map || next instanceof Set) {
      bytes += next.size * 32 * weight;
    } else {
      const names = Object.keys(next);
      bytes += (names.length * 8 + 16) * weight;
      // Of a long array a part stands for the whole.
      const looked = Math.min(names.length, MAX_NODES >> 1);
      if (names.length > looked) weight *= names.length / looked;
      for (let i = 0; i < looked; i++) pending.push((next as Record<string, unknown>)[names[i] as string]);
    }
  }
  return bytes;
}
