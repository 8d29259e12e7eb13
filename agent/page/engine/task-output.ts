import type { FromEngine } from "../../wire/engine-messages.ts";
import { SLICE_UNITS, SLICES_AHEAD } from "../../wire/limits.ts";
import { packText } from "../../wire/packed-text.ts";
import { encodePart, PartKind } from "../../wire/part.ts";

/**
 * One task's way out: parts are joined, cut into slices and posted, never more than a bounded number ahead of
 * the client. A slice goes out when it is full, or when the client has nothing else to fetch.
 */
export class TaskOutput {
  readonly #task: string;
  readonly #post: (message: FromEngine) => void;
  #buffer = "";
  #ahead = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(task: string, post: (message: FromEngine) => void) {
    this.#task = task;
    this.#post = post;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when the next part may be made. @throws TaskStopped when the client cancelled. */
  async emit(kind: PartKind, text: string): Promise<void> {
    this.check();
    this.#buffer += encodePart(kind, text);
    this.#sendFullSlices();
    if (this.#ahead === 0) this.#sendRest();
    while (this.#ahead >= SLICES_AHEAD) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.check();
    }
  }

  /** As `emit`, of a record chunk. */
  emitRecords(chunk: string): Promise<void> {
    const packed = packText(chunk);
    return packed === undefined
      ? this.emit(PartKind.records, chunk)
      : this.emit(PartKind.packedRecords, packed);
  }

  /** The last part: whatever is left goes out with it. */
  end(kind: PartKind, text: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#buffer += encodePart(kind, text);
    this.#sendFullSlices();
    this.#post(["last", this.#task, this.#buffer]);
    this.#buffer = "";
  }

  fetched(slices: number): void {
    this.#ahead -= slices;
    if (this.#ahead === 0 && !this.#stopped) this.#sendRest();
    this.#wakeUp();
  }

  cancel(): void {
    this.#stopped = true;
    this.#wakeUp();
  }

  /** @throws TaskStopped when the client cancelled. */
  check(): void {
    if (this.#stopped) throw new TaskStopped();
  }

  #sendFullSlices(): void {
    if (this.#buffer.length < SLICE_UNITS) return;
    let at = 0;
    while (this.#buffer.length - at >= SLICE_UNITS) {
      const end = endOfSlice(this.#buffer, at + SLICE_UNITS);
      this.#send(this.#buffer.slice(at, end));
      at = end;
    }
    this.#buffer = this.#buffer.slice(at);
  }

  #sendRest(): void {
    if (this.#buffer === "") return;
    this.#send(this.#buffer);
    this.#buffer = "";
  }

  #send(text: string): void {
    this.#ahead++;
    this.#post(["slice", this.#task, text]);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** Never between the halves of a surrogate pair: a half alone would not survive every transport. */
function endOfSlice(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end;
}

/** The client wants no more of this task: not an error, and told to nobody. */
export class TaskStopped extends Error {
  override readonly name = "TaskStopped";
}
