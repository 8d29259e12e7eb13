import { AgentError, type AgentErrorCode } from "../wire/agent-error.ts";
import { SLICE_UNITS } from "../wire/limits.ts";

/**
 * Evaluates one expression in the inspected page and resolves to the string it gives. Rejects where the browser
 * does not evaluate.
 */
export type Evaluate = (code: string) => Promise<string>;

/** What the host adds to a slice. */
const ANSWER_UNITS = SLICE_UNITS + 256;

/** The agent's function is not there: never installed, left by its lease, or the page was navigated. */
export const NOT_THERE = "#";
const NOT_TEXT = "#!";

/** Calls the agent's function in the page. Text goes in as one string literal, and comes out as a string. */
export class HostCall {
  readonly #evaluate: Evaluate;
  readonly #name: string;

  constructor(evaluate: Evaluate, name: string) {
    this.#evaluate = evaluate;
    this.#name = name;
  }

  /** @throws AgentError "cannot-inspect" or "interferes" */
  async install(source: string): Promise<void> {
    const answer = await this.#guarded(
      `(function(){${source}\nreturn driftscopeAgent(${literal(this.#name)})})()`,
    );
    if (answer === "ok") return;
    throw new AgentError(
      "interferes",
      `The agent could not be put into the page: ${answer.slice(1, 300)} Reload the page and try again.`,
    );
  }

  /** The host's answer, or `NOT_THERE`. @throws AgentError "cannot-inspect" or "malformed-answer" */
  call(request: string): Promise<string> {
    const name = literal(this.#name);
    return this.#guarded(
      `(function(f){return typeof f==="function"?f(${literal(request)}):"${NOT_THERE}"})(window[${name}])`,
    );
  }

  /** The check is syntax alone, so that nothing which the page may have replaced takes part in it. */
  async #guarded(expression: string): Promise<string> {
    let answer: unknown;
    try {
      answer = await this.#evaluate(
        `(function(s){return typeof s==="string"&&s.length<=${ANSWER_UNITS}?s:"${NOT_TEXT}"})(${expression})`,
      );
    } catch (error) {
      throw evaluationError(error);
    }
    if (typeof answer !== "string" || answer.length > ANSWER_UNITS || answer === NOT_TEXT) {
      throw new AgentError(
        "malformed-answer",
        "The page answered with something other than a short string. Reload the page and try again.",
      );
    }
    return answer;
  }
}

/** What the other side of `evaluate` may say by a `code`; everything else is "cannot-inspect". */
const EVALUATION_CODES: Readonly<Record<string, AgentErrorCode>> = {
  "frame-gone": "frame-gone",
  "malformed-answer": "malformed-answer",
  "page-threw": "interferes",
};

function evaluationError(error: unknown): AgentError {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === "string" ? EVALUATION_CODES[code] : undefined;
  const why = typeof message === "string" ? message : String(error);
  return new AgentError(known ?? "cannot-inspect", `The page cannot be inspected: ${why}`);
}

/** JSON's string is a JavaScript string literal, lone surrogates and line separators included. */
function literal(text: string): string {
  return JSON.stringify(text);
}
