/**
 * The data set's accented letters were Windows-1252 bytes once read as Mac OS Roman ("LÈon"). Both encodings
 * are fixed, so the characters that occur can be put back.
 */
const MISREAD: Readonly<Record<string, string>> = {
  È: "é",
  Í: "ê",
  "˘": "ù",
  Ö: "…",
  Ω: "½",
  Û: "ó",
  "‰": "ä",
  "‡": "à",
  Ë: "è",
  "·": "á",
  Ù: "ô",
  Î: "ë",
};

export function mendText(text: string): string {
  return text.replace(/[ÈÍ˘ÖΩÛ‰‡Ë·ÙÎ]/gu, (misread) => MISREAD[misread] ?? misread);
}
