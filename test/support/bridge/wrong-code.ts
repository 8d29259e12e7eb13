/** A pairing string with another code, as well-formed as the right one. Codes are read without case. */
export function wrongCode(pairing: string): string {
  const parts = pairing.split(":");
  const code = parts.pop() ?? "";
  return [...parts, `${code.startsWith("a") ? "b" : "a"}${code.slice(1)}`].join(":");
}
