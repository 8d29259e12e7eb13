/**
 * Whether any object of this value is reached twice: through a cycle, or by two properties that share it.
 * Such a value cannot be taken apart by field without tearing what it shares. Iterative, for deep values.
 */
export function hasSharedReferences(value: unknown): boolean {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== "object" || next === null) continue;
    if (seen.has(next)) return true;
    seen.add(next);
    for (const part of partsOf(next)) waiting.push(part);
  }
  return false;
}

function partsOf(object: object): Iterable<unknown> {
  if (ArrayBuffer.isView(object)) return [object.buffer];
  if (object instanceof ArrayBuffer) return [];
  if (object instanceof Set) return object;
  if (object instanceof Map) return [...object].flat();
  const values: unknown[] = Object.values(object);
  if (object instanceof Error) values.push(object.cause);
  return values;
}
