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
import { loadFunction, reasonOf } from "../modules/load-function.ts";
import type { FromModule } from "../modules/module-messages.ts";

type PolicyFunction = (conflict: {
  readonly key: unknown;
  readonly base: unknown;
  readonly local: unknown;
  readonly remote: unknown;
}) => unknown;

function send(message: FromModule<CustomAnswer>): void {
  parentPort?.postMessage(message);
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

const decide = await loadFunction<PolicyFunction>(workerData as string);
if (typeof decide === "string") {
  send({ is: "unusable", reason: decide });
} else {
  parentPort?.on("message", (conflict: CustomConflict) => {
    void answer(decide, conflict).then((given) => send({ is: "answer", answer: given }));
  });
  send({ is: "ready" });
}
