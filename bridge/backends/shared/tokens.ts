/**
 * Version tokens of document mode: `<n>.<opId>`.
 *
 * n is the number of writes that the key has seen, so the n of a token is a slot that exactly one operation
 * can have taken: that is how a later reader knows whether a certain operation did.
 */
const TOKEN = /^([1-9][0-9]{0,14})\.(.+)$/s;

/** 0 for a key that was never written, undefined for a token that is not of this form. */
export function slotOf(token: string | null | undefined): number | undefined {
  if (token === null || token === undefined) return 0;
  const match = TOKEN.exec(token);
  return match === null ? undefined : Number(match[1]);
}

export function opIdOf(token: string): string | undefined {
  return TOKEN.exec(token)?.[2];
}

/** The token that an operation gives; undefined when what it expects can be no token of ours. */
export function tokenAfter(expect: string | null, opId: string): string | undefined {
  const slot = slotOf(expect);
  return slot === undefined ? undefined : `${slot + 1}.${opId}`;
}
