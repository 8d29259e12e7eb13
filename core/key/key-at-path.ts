/**
 * The key that a key path finds in a decoded record, or undefined
 * (https://w3c.github.io/IndexedDB/#evaluate-a-key-path-on-a-value; own properties and the length of texts and
 * arrays, since a key path into a Blob names no field that anybody merges). The result need not be a valid key.
 */
export function keyAtPath(value: unknown, keyPath: string | readonly string[]): unknown {
  if (typeof keyPath === "string") return follow(value, keyPath);
  const keys = keyPath.map((path) => follow(value, path));
  return keys.includes(undefined) ? undefined : keys;
}

function follow(value: unknown, path: string): unknown {
  if (path === "") return value;
  let at = value;
  for (const name of path.split(".")) {
    if (typeof at === "string" && name === "length") at = at.length;
    else if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    else at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}
