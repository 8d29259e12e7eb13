/** The bridge's queue as its clients use it. */
import * as v from "valibot";
import type { RemoteWrite, WriteOutcome } from "../../session/ports.ts";
import { unpackOutcomes } from "../outcome-columns.ts";
import { ProtocolError } from "../protocol-error.ts";
import { type QueueAbout, type QueueState, QueueStateSchema } from "../queue-frames.ts";
import type { StoredWrite } from "../stored.ts";
import { packWrites, unpackWrites } from "../write-columns.ts";
import type { BridgeConnection } from "./bridge-connection.ts";
import { toRemoteWrite, toStoredWrites, toWriteOutcome, unsendable } from "./bridge-records.ts";
import { inParts } from "./bridge-remote-store.ts";

export class BridgeQueue {
  readonly #connect: () => Promise<BridgeConnection>;

  constructor(connect: () => Promise<BridgeConnection>) {
    this.#connect = connect;
  }

  /**
   * Hands operations over. What cannot be sent exactly as it is stays here.
   *
   * @returns How many are queued, durably.
   * @throws ProtocolError, BridgeConnectError: whether they are queued shows in the queue's state.
   */
  async enqueue(about: QueueAbout, windows: AsyncIterable<readonly RemoteWrite[]>): Promise<number> {
    const bridge = await this.#connect();
    let part = 0;
    const send = async (writes: readonly StoredWrite[], last: boolean): Promise<number> => {
      const request = { t: "enqueue" as const, ...about, part: part++, last, writes: packWrites(writes) };
      return v.parse(v.number(), await bridge.result(request));
    };
    let held: readonly StoredWrite[] | undefined;
    for await (const window of windows) {
      const sendable = window.filter((write) => unsendable(write) === undefined);
      for (const writes of inParts(toStoredWrites(sendable))) {
        if (held !== undefined) await send(held, false);
        held = writes;
      }
    }
    return held === undefined ? 0 : send(held, true);
  }

  /** @param known The revision of the state at hand: the answer comes when there is another one. */
  async state(known?: number, signal?: AbortSignal): Promise<QueueState> {
    const bridge = await this.#connect();
    const request = { t: "queue" as const, ...(known === undefined ? {} : { known }) };
    return v.parse(QueueStateSchema, await bridge.result(request, signal));
  }

  /** What has come to its end of an apply, as it was sent. */
  async *settled(
    applyId: string,
  ): AsyncGenerator<readonly { readonly write: RemoteWrite; readonly outcome: WriteOutcome }[]> {
    const bridge = await this.#connect();
    for await (const frame of bridge.stream({ t: "settled", applyId })) {
      if (frame.t !== "settled") {
        throw new ProtocolError("malformed-frame", `The bridge answered "settled" with "${frame.t}".`);
      }
      const writes = unpackWrites(frame.writes);
      const outcomes = unpackOutcomes(frame.outcomes);
      yield writes.map((write, i) => {
        const outcome = outcomes[i];
        if (outcome?.opId === write.opId) {
          return { write: toRemoteWrite(write), outcome: toWriteOutcome(outcome) };
        }
        throw new ProtocolError("malformed-frame", `The outcome of operation ${write.opId} is missing.`);
      });
    }
  }

  /** Drops what was not sent yet. */
  async remove(applyId: string): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "unqueue", applyId });
  }

  /** Answers whether the apply had ended, and so is gone from the queue. */
  async acknowledge(applyId: string): Promise<boolean> {
    const bridge = await this.#connect();
    return v.parse(v.boolean(), await bridge.result({ t: "acknowledge", applyId }));
  }
}
