/**
 * A copy in which each Uint8Array has a buffer of its own size.
 *
 * Structured clone stores the whole buffer under a view, so a key that is a view on a frame of a megabyte would
 * store the megabyte.
 */
export function withOwnBytes<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copy(part)]));
}
