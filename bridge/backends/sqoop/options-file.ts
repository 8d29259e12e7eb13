/**
 * What a run is told, in a file: arguments can be seen by every user of the machine, and are limited in size.
 *
 * Sqoop reads the file line by line in the platform's character set, takes quotes around a line off, a `#` at its beginning for
 * a comment and a backslash at its end for "goes on", and refuses one that has a quote at one end alone: what could be misread is refused here.
 */
export type SqoopOption = readonly [name: string, value?: string | number];

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const MISREAD = /^\s|\s$|^#|^["']|["'\\]$/;

/** @throws TypeError for what the file cannot hold: texts of people come as SQL that is ASCII (dialects). */
export function optionsText(options: readonly SqoopOption[]): string {
  return options
    .flat()
    .map((part) => {
      const line = String(part);
      if (!PRINTABLE_ASCII.test(line) || MISREAD.test(line)) {
        throw new TypeError(`A line that an options file of Sqoop cannot hold: ${JSON.stringify(line)}`);
      }
      return `${line}\n`;
    })
    .join("");
}

/** SQL in one line, as it is where it has no line breaks inside of texts. */
export const oneLine = (sql: string): string => sql.replace(/\s*\n\s*/g, " ").trim();
