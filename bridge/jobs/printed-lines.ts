/**
 * What a process prints, line by line, as it comes. A line that a carriage return ends is drawn over on a terminal:
 * progress, mostly. Lines without an end are cut, so that no process fills the memory.
 */
import { StringDecoder } from "node:string_decoder";
import type { Blotter } from "./blotter.ts";

const MAX_LINE_LENGTH = 16 * 1024;

export interface PrintedLine {
  readonly text: string;
  /** It is replaced by the next one. */
  readonly isDrawnOver: boolean;
  /** The same line goes on. */
  readonly isCut: boolean;
}

export class PrintedLines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #blotter: Blotter;
  #rest = "";
  /** The line has begun already: a part of it was cut off. */
  #isOpen = false;

  constructor(blotter: Blotter) {
    this.#blotter = blotter;
  }

  add(bytes: Buffer): PrintedLine[] {
    this.#rest += this.#decoder.write(bytes);
    return this.#take();
  }

  end(): PrintedLine[] {
    this.#rest += this.#decoder.end();
    const lines = this.#take();
    if (this.#rest !== "" || this.#isOpen) lines.push(this.#line(this.#rest.replace(/\r$/, "")));
    this.#rest = "";
    return lines;
  }

  #take(): PrintedLine[] {
    const lines: PrintedLine[] = [];
    // A carriage return at the very end may be half of a line's end.
    const pieces = this.#rest.split(/(\r?\n|\r(?!\n|$))/);
    for (let at = 0; at + 1 < pieces.length; at += 2) {
      lines.push(this.#line(pieces[at] as string, pieces[at + 1] === "\r"));
    }
    this.#rest = pieces.at(-1) as string;
    if (this.#rest.length > MAX_LINE_LENGTH + this.#blotter.longest) lines.push(this.#cut());
    return lines;
  }

  #line(text: string, isDrawnOver = false): PrintedLine {
    this.#isOpen = false;
    return { text: this.#blotter.blot(text), isDrawnOver, isCut: false };
  }

  /** The last part stays: it may hold the beginning of a secret, of which the end is still to come. */
  #cut(): PrintedLine {
    const text = this.#blotter.blot(this.#rest);
    const end = Math.max(0, text.length - this.#blotter.longest);
    this.#rest = text.slice(end);
    this.#isOpen = true;
    return { text: text.slice(0, end), isDrawnOver: false, isCut: true };
  }
}
