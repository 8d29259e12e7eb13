/** Text as SQL that is ASCII, whatever is in it: Sqoop would read other characters in the platform's character set. */

const PLAIN = /^[A-Za-z0-9 _.,:;/+=(){}[\]<>@!*-]*$/;

/** @param text Well-formed, without NUL: PostgreSQL has no such texts. */
export const sqlText = (text: string): string => (PLAIN.test(text) ? `'${text}'` : `U&'${escaped(text)}'`);

/** Of a table or a column, as it is spelled. */
export const sqlName = (name: string): string => (PLAIN.test(name) ? `"${name}"` : `U&"${escaped(name)}"`);

/** `$` too: Sqoop replaces $CONDITIONS wherever it stands. */
function escaped(text: string): string {
  return Array.from(text, (character) => {
    if (PLAIN.test(character)) return character;
    return `\\+${(character.codePointAt(0) ?? 0).toString(16).padStart(6, "0")}`;
  }).join("");
}
