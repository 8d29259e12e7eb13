/**
 * Runs in a worker thread: loads a policy module and asks its function about one record at a time. The module
 * has all rights of Node; the thread keeps a hanging or failing one from holding up the bridge, nothing more.
 */
import { parentPort, workerData } from "node:worker_threads";
import { decodeValue } from "../../core/codec/decode-value.ts";
import { encodeValue } from "../../core/codec/encode-value.ts";
import { decodeKey } from "../../core/key/decode-key.ts";
import { MAX_BODY_BYTES } from "../../core/protocol/limits.ts";
import type { CustomAnswer, CustomConflict } from "../../core/session/policy-custom.ts";
import type { FromPolicy, ToPolicy } from "./policy-messages.ts";

type PolicyFunction = (conflict: {
  readonly key: unknown;
  readonly base: unknown;
  readonly local: unknown;
  readonly remote: unknown;
}) => unknown;

function send(message: FromPolicy): void {
  parentPort?.postMessage(message);
}

async function load(url: string): Promise<PolicyFunction | string> {
  try {
    const module: unknown = await import(url);
    const chosen = typeof module === "object" && module !== null && "default" in module && module.default;
    return typeof chosen === "function"
      ? (chosen as PolicyFunction)
      : "it has no function as its default export";
  } catch (error) {
    return `it cannot be loaded: ${reasonOf(error)}`;
  }
}

async function answer(decide: PolicyFunction, conflict: CustomConflict): Promise<CustomAnswer> {
  const decode = (body: string | undefined) => (body === undefined ? undefined : decodeValue(body));
  try {
    const given = await decide({
      key: decodeKey(conflict.key),
      base: decode(conflict.base),
      local: decode(conflict.local),
      remote: decode(conflict.remote),
    });
    return toAnswer(given);
  } catch (error) {
    return { undecided: `it threw: ${reasonOf(error)}` };
  }
}

/** Encodes in here, so that a value with a slow getter stays within the time limit. */
function toAnswer(given: unknown): CustomAnswer {
  if (given === undefined) return { undecided: "it left the record to you" };
  if (isTake(given)) {
    const { take } = given;
    if (take === "local" || take === "remote") return { take };
    return { undecided: `it returned take: ${String(take)}; expected "local" or "remote"` };
  }
  try {
    const value = encodeValue(given);
    if (value.length * 3 <= MAX_BODY_BYTES || Buffer.byteLength(value) <= MAX_BODY_BYTES) return { value };
    return { undecided: "it returned a record that is too large" };
  } catch (error) {
    return { undecided: `it returned what no store can hold: ${reasonOf(error)}` };
  }
}

function isTake(given: unknown): given is { readonly take: unknown } {
  return typeof given === "object" && given !== null && Object.keys(given).join() === "take";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const decide = await load(workerData as string);
if (typeof decide === "string") {
  send({ is: "unusable", reason: decide });
} else {
  parentPort?.on("message", (conflict: ToPolicy) => {
    void answer(decide, conflict).then((given) => send({ is: "answer", answer: given }));
  });
  send({ is: "ready" });
}
