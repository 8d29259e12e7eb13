import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { keyText } from "./key-text.ts";
import type { FindWindow } from "./record-windows.ts";
import { readInWindows } from "./record-windows.ts";

const UNREAD: AbortSignal = new AbortController().signal;

/**
 * Sets the outcomes of operations whose precondition did not hold to what is there in place of what they expected.
 * Where it cannot be read they are unknown: others of the same call may have applied, so it must not fail as a whole.
 */
export async function lookAtMissed(
  missed: readonly BackendWrite[],
  find: FindWindow,
  outcomes: Map<string, BackendOutcome>,
): Promise<void> {
  const byKey = new Map(missed.map(({ key, opId }) => [keyText(key), opId]));
  const keys = missed.map(({ key }) => key);
  try {
    for await (const chunk of readInWindows(keys, find, UNREAD)) {
      for (const current of chunk) {
        const opId = byKey.get(keyText(current.key));
        if (opId !== undefined) outcomes.set(opId, { status: "missed", current });
      }
    }
  } catch (error) {
    for (const { opId } of missed) {
      if (!outcomes.has(opId)) outcomes.set(opId, { status: "unknown", reason: messageOf(error) });
    }
  }
}
