/** Which words of two strings differ, in pieces that are drawn as they are, inserted or deleted. */
import { diffWordsWithSpace } from "diff";

export interface WordPiece {
  readonly text: string;
  readonly differs: boolean;
}

/** Longer strings are compared whole: the word difference takes quadratic time at worst. */
const MAX_LENGTH = 20_000;
const TIMEOUT_MS = 20;

export interface WordDifference {
  readonly before: readonly WordPiece[];
  readonly after: readonly WordPiece[];
}

export function wordDifference(before: string, after: string): WordDifference {
  const parts =
    before.length + after.length > MAX_LENGTH
      ? undefined
      : diffWordsWithSpace(before, after, { timeout: TIMEOUT_MS });
  // In time or not at all: a half-read difference would be a wrong one.
  if (parts === undefined)
    return { before: [{ text: before, differs: true }], after: [{ text: after, differs: true }] };
  return {
    before: parts.filter((part) => !part.added).map((part) => ({ text: part.value, differs: part.removed })),
    after: parts.filter((part) => !part.removed).map((part) => ({ text: part.value, differs: part.added })),
  };
}
