import { expect, test } from "vitest";
import { AgentError } from "../../../agent/wire/agent-error.ts";
import { type EntryBatch, EntryState } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { BridgeConnectError } from "../../../core/protocol/client/bridge-errors.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { SessionError } from "../../../core/session/session-error.ts";
import { awaySide, BrokenOffError } from "../../../extension/panel/worker/keep/away.ts";
import { behindBase } from "../../../extension/panel/worker/keep/behind-base.ts";
import { Rest } from "../../../extension/panel/worker/keep/rest.ts";
import { PanelError } from "../../../extension/panel/worker/panel-error.ts";

const { present, deleted, absent, noBase, unreadable } = EntryState;

type Entry = readonly [key: number, state: EntryState, digest?: number];

/** Two entries a batch, so that sides are cut differently. */
function scanOf(entries: readonly Entry[]) {
  return async function* (): AsyncGenerator<EntryBatch> {
    for (let from = 0; from < entries.length; from += 2) {
      const builder = new EntryBatchBuilder();
      for (const [key, state, digest = 0] of entries.slice(from, from + 2)) {
        const bytes = state === present ? new Uint8Array(16).fill(digest) : undefined;
        builder.push(encodeKey(key), state, bytes, "");
      }
      yield builder.build();
    }
  };
}

const NEVER = new AbortController().signal;

test("behind the base: what the page added, changed and removed, and nothing of which the base knows nothing", async () => {
  const local = [
    [1, present, 1],
    [2, present, 9],
    [4, present, 4],
    [5, present, 5],
    [6, present, 6],
    [8, unreadable],
  ] as const;
  const base = [
    [1, present, 1],
    [2, present, 2],
    [3, present, 3],
    [5, noBase],
    [6, deleted],
    [7, absent],
    [8, present, 8],
  ] as const;
  const sides = { local: { scan: scanOf(local) }, base: { scan: scanOf(base), completeAt: async () => 1 } };
  // 4 is new, and 6 was deleted on both sides before; 5 was never known to be equal, 8 cannot be read.
  expect(await behindBase(sides.local, sides.base, NEVER)).toEqual({ added: 2, changed: 1, removed: 1 });
});

test("where nothing was ever compared to the end, nobody knows what is behind", async () => {
  const base = { scan: scanOf([]), completeAt: async () => undefined };
  expect(await behindBase({ scan: scanOf([[1, present, 1]]) }, base, NEVER)).toBeUndefined();
});

test("who is away: the backend, the bridge or the page; and what does not mend itself", () => {
  const compare = (cause: unknown, side: "local" | "remote") =>
    new SessionError("scan-failed", "The scan failed.", { side, cause });
  expect(awaySide(new ProtocolError("backend-unavailable", "gone"))).toBe("remote");
  expect(awaySide(compare(new ProtocolError("disconnected", "gone"), "remote"))).toBe("remote");
  expect(awaySide(new BridgeConnectError("not-running", "gone"))).toBe("remote");
  expect(awaySide(new PanelError("not-connected", "no bridge"))).toBe("remote");
  expect(awaySide(compare(new AgentError("navigated", "left"), "local"))).toBe("local");
  expect(awaySide(new PanelError("no-such-frame", "left"))).toBe("local");
  expect(awaySide(new BrokenOffError("a1", "remote", "gone"))).toBe("remote");
  expect(awaySide(new BrokenOffError("a1", "base", "full"))).toBeUndefined();
  expect(awaySide(new PanelError("scope-changed", "other user"))).toBeUndefined();
  expect(awaySide(compare(new AgentError("no-store", "no store"), "local"))).toBeUndefined();
  expect(awaySide(new SessionError("base-failed", "full", { side: "base" }))).toBeUndefined();
});

test("a rest ends when it is woken, also when that came before it began", async () => {
  const rest = new Rest();
  const resting = rest.for(Number.POSITIVE_INFINITY);
  rest.wake();
  expect(await resting).toBe(true);
  rest.wake();
  expect(await rest.for(Number.POSITIVE_INFINITY)).toBe(true);
  expect(await rest.for(1)).toBe(false);
});
