/**
 * A member of an event's JSON: the value itself where JSON can hold it; where it cannot (a Date, bytes, a Map), its text
 * (core/codec) as `encodedKey` or `encodedBody`.
 *
 * @param value A value's text, which is JSON or not.
 */
export function jsonMember(name: "key" | "body", value: string): string {
  if (isJson(value)) return `"${name}":${value}`;
  return `"encoded${name[0]?.toUpperCase()}${name.slice(1)}":${JSON.stringify(value)}`;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
