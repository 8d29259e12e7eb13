import { AgentError } from "../wire/agent-error.ts";
import { PART_UNITS } from "../wire/limits.ts";
import { PartKind } from "../wire/part.ts";

export interface Part {
  readonly kind: PartKind;
  readonly text: string;
}

const KINDS: ReadonlySet<string> = new Set(Object.values(PartKind));

/** Longest head of a part: its kind and a length. */
const MAX_HEAD = 12;

/** Puts the parts of an answer together from slices, which may be cut anywhere. */
export class PartReader {
  #slices: string[] = [];
  #units = 0;
  #head: { readonly kind: PartKind; readonly length: number } | undefined;

  /** The parts that this slice completes. @throws AgentError "malformed-answer" */
  push(slice: string): Part[] {
    this.#slices.push(slice);
    this.#units += slice.length;
    const parts: Part[] = [];
    while (this.#units > 0 && (this.#head === undefined || this.#units >= this.#head.length)) {
      const text = this.#joined();
      this.#head ??= this.#takeHead(text);
      if (this.#head === undefined) break;
      const rest = this.#joined();
      const { kind, length } = this.#head;
      if (rest.length < length) break;
      parts.push({ kind, text: rest.slice(0, length) });
      this.#keep(rest.slice(length));
      this.#head = undefined;
    }
    return parts;
  }

  /** Undefined while the head is incomplete. */
  #takeHead(text: string): { kind: PartKind; length: number } | undefined {
    const colon = text.indexOf(":");
    if (colon < 0 && text.length < MAX_HEAD) return undefined;
    const kind = text.charAt(0);
    const digits = text.slice(1, colon);
    if (colon < 0 || !KINDS.has(kind) || !/^\d{1,9}$/.test(digits) || Number(digits) > PART_UNITS) {
      throw new AgentError(
        "malformed-answer",
        "The page answered with what the agent never says. Reload the page and try again.",
      );
    }
    this.#keep(text.slice(colon + 1));
    return { kind: kind as PartKind, length: Number(digits) };
  }

  #joined(): string {
    const text = this.#slices.join("");
    this.#slices = [text];
    return text;
  }

  #keep(text: string): void {
    this.#slices = text === "" ? [] : [text];
    this.#units = text.length;
  }
}
