/**
 * Placeholders in the arguments of a job's command: `{input}`, `{output}`, `{manifest}` and the names of its
 * parameters. `{{` and `}}` stand for the braces themselves. What is filled in stays part of the one argument that
 * it stands in, whatever it holds: no shell ever reads it.
 */

/** What the storage of a run fills in. */
export const STORAGE_PLACEHOLDERS = ["input", "output", "manifest"] as const;

const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Names of the placeholders in an argument, in order. @throws Error that says what is wrong with its braces */
export function placeholdersIn(argument: string): string[] {
  const names: string[] = [];
  fillIn(argument, (name) => {
    names.push(name);
    return "";
  });
  return names;
}

/** @throws Error that says what is wrong with its braces, and whatever `fill` throws */
export function fillIn(argument: string, fill: (name: string) => string): string {
  return argument.replace(PIECE, (piece: string, name: string | undefined) => {
    if (piece === "{{") return "{";
    if (piece === "}}") return "}";
    if (name !== undefined) return fill(name);
    throw new Error(`"${piece}" has no other half: write "${piece}${piece}" for the brace itself`);
  });
}
