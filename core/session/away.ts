/**
 * Codes of a refusal that says nothing about the operation: the backend cannot be reached now, and nothing was
 * sent. The same operation can apply later.
 */
const AWAY_CODES: ReadonlySet<string> = new Set(["backend-unavailable", "locked", "missing-folder"]);

export const isAwayCode = (code: string): boolean => AWAY_CODES.has(code);
