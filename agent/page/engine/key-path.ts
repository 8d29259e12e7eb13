/**
 * Evaluates key paths as IndexedDB does (https://w3c.github.io/IndexedDB/#evaluate-a-key-path-on-a-value).
 * Values are fresh structured clones: their own properties are plain data.
 */
type KeyPath = string | readonly string[];

/** Undefined where the path leads to nothing; the result need not be a valid key. */
export function keyAtPath(value: unknown, keyPath: KeyPath): unknown {
  if (typeof keyPath === "string") return followPath(value, keyPath);
  const keys: unknown[] = [];
  for (const path of keyPath) {
    const key = followPath(value, path);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return keys;
}

function followPath(value: unknown, path: string): unknown {
  if (path === "") return value;
  if (!path.includes(".")) return propertyOf(value, path);
  let at = value;
  for (const name of path.split(".")) {
    at = propertyOf(at, name);
    if (at === undefined) return undefined;
  }
  return at;
}

/** What the specification reads although it is no own property of the clone. */
function propertyOf(value: unknown, name: string): unknown {
  if (typeof value === "string") return name === "length" ? value.length : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  if (value instanceof Blob) {
    if (name === "size" || name === "type") return value[name];
    if (value instanceof File && (name === "name" || name === "lastModified")) return value[name];
  }
  return undefined;
}
