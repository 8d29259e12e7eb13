import { createInterface } from "node:readline/promises";
import type { Terminal } from "../headless/terminal.ts";
import { visibleControls } from "./visible-controls.ts";

/** Lines of progress are drawn at most this often, in milliseconds. */
const REDRAW_MS = 100;

/** The terminal of this process: questions and progress on stderr, so that stdout holds the result alone. */
export class ProcessTerminal implements Terminal {
  readonly isInteractive = Boolean(process.stdin.isTTY && process.stderr.isTTY);
  #drawnAt = 0;
  #isDrawn = false;

  note(line: string): void {
    this.#erase();
    process.stderr.write(`${visibleControls(line)}\n`);
  }

  progress(line: string): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#erase();
    process.stderr.write(visibleControls(line).slice(0, (process.stderr.columns ?? 80) - 1));
    this.#isDrawn = true;
  }

  async ask(question: string, signal: AbortSignal): Promise<string> {
    this.#erase();
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // The reader takes Ctrl+C for itself while it asks.
    lines.once("SIGINT", () => process.emit("SIGINT"));
    try {
      return await lines.question(visibleControls(question), { signal });
    } finally {
      lines.close();
    }
  }

  done(): void {
    this.#erase();
  }

  #erase(): void {
    if (!this.#isDrawn) return;
    process.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}
