/** Takes secrets out of what a job prints, line by line. */

/** A shorter value says too little to be one, and stands in too many words. */
const MIN_LENGTH = 4;

export class Blotter {
  readonly #secrets: readonly { readonly name: string; readonly value: string }[];
  /** Length of the longest secret: what a text that is cut has to hold back. */
  readonly longest: number;

  /** @param environment Values by the names that stand in their place. */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#secrets = Object.entries(environment)
      .flatMap(([name, value]) => value.split(/\r?\n/).map((line) => ({ name, value: line })))
      .filter(({ value }) => value.length >= MIN_LENGTH)
      // One may hold another.
      .sort((a, b) => b.value.length - a.value.length);
    this.longest = this.#secrets[0]?.value.length ?? 0;
  }

  blot(text: string): string {
    return this.#secrets.reduce((blotted, { name, value }) => blotted.replaceAll(value, `[${name}]`), text);
  }
}
