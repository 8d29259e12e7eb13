/** Reads JSON that came from the page: every shape is checked, every length is bounded. */
import { AgentError } from "../wire/agent-error.ts";

const MAX_LIST = 100_000;
const MAX_NAME = 1_000_000;

export class CheckedJson {
  readonly #value: unknown;

  private constructor(value: unknown) {
    this.#value = value;
  }

  static parse(text: string): CheckedJson {
    try {
      return new CheckedJson(JSON.parse(text));
    } catch {
      throw unexpected("JSON");
    }
  }

  get isAbsent(): boolean {
    return this.#value === undefined;
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  get isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** `isAbsent` where there is no such member. */
  at(name: string): CheckedJson {
    if (typeof this.#value !== "object" || this.#value === null) throw unexpected("an object");
    const member = Object.getOwnPropertyDescriptor(this.#value, name);
    return new CheckedJson(member?.value);
  }

  text(): string {
    if (typeof this.#value !== "string" || this.#value.length > MAX_NAME) throw unexpected("a text");
    return this.#value;
  }

  /** A value text; they are longer than names. */
  body(): string {
    if (typeof this.#value !== "string") throw unexpected("a value text");
    return this.#value;
  }

  /** A whole number from 0. */
  count(): number {
    if (!Number.isSafeInteger(this.#value) || (this.#value as number) < 0) throw unexpected("a count");
    return this.#value as number;
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") throw unexpected("true or false");
    return this.#value;
  }

  list(): CheckedJson[] {
    if (!Array.isArray(this.#value) || this.#value.length > MAX_LIST) throw unexpected("a list");
    return this.#value.map((item) => new CheckedJson(item));
  }

  /** Undefined where it is absent. */
  optional<T>(read: (json: CheckedJson) => T): T | undefined {
    return this.isAbsent ? undefined : read(this);
  }
}

function unexpected(expected: string): AgentError {
  return new AgentError(
    "malformed-answer",
    `The page's answer lacks ${expected} where the agent gives one. The page may interfere: reload it and try again.`,
  );
}
