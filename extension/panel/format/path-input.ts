/** Paths of fields as people type them: "site.code"; names with a point or a bracket as JSON: ["a.b","c"]. */

export function formatPath(path: readonly string[]): string {
  return path.every(isPlain) ? path.join(".") : JSON.stringify(path);
}

/** Undefined for what is no path: nothing, an empty name, other JSON than a list of names. */
export function parsePath(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) return parseJsonPath(trimmed);
  const path = trimmed.split(".");
  return path.every((name) => name !== "") ? path : undefined;
}

function isPlain(name: string): boolean {
  return name !== "" && name === name.trim() && !/[.[]/.test(name);
}

function parseJsonPath(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isPath =
      Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string");
    return isPath ? value : undefined;
  } catch {
    return undefined;
  }
}
