/** A panel's requests about the queue. */
import type { BridgeFrame, PanelFrame } from "../../core/protocol/frames.ts";
import { TARGET_ITEM_BYTES } from "../../core/protocol/limits.ts";
import { packOutcomes } from "../../core/protocol/outcome-columns.ts";
import { packWrites, writeWeight } from "../../core/protocol/write-columns.ts";
import type { OutStream } from "../server/out-stream.ts";
import type { Queue } from "./queue.ts";
import type { QueueRunner } from "./queue-runner.ts";

type QueueRequest = Extract<PanelFrame, { t: "enqueue" | "queue" | "settled" | "unqueue" | "acknowledge" }>;

/** The queue, and what sends it. */
export interface ServedQueue {
  readonly queue: Queue;
  readonly runner: QueueRunner;
}

export interface QueueRequestContext {
  readonly panelId: string;
  readonly stream: OutStream;
  readonly signal: AbortSignal;
}

const QUEUE_REQUESTS: ReadonlySet<string> = new Set([
  "enqueue",
  "queue",
  "settled",
  "unqueue",
  "acknowledge",
]);

export const isQueueRequest = (request: PanelFrame): request is QueueRequest => QUEUE_REQUESTS.has(request.t);

/** Sends the items and returns the last frame. */
export async function answerQueueRequest(
  request: QueueRequest,
  { queue, runner }: ServedQueue,
  context: QueueRequestContext,
): Promise<Extract<BridgeFrame, { t: "result" | "end" }>> {
  const { id } = request;
  const result = (value: unknown) => ({ t: "result" as const, id, value });
  switch (request.t) {
    case "enqueue": {
      const { t: _t, id: _id, part, last, writes, ...about } = request;
      const queued = await queue.add({ about, part, last, writes, writer: context.panelId });
      if (last) runner.start();
      return result(queued);
    }
    case "queue": {
      const { known } = request;
      return result(known === undefined ? await queue.state() : await queue.changed(known, context.signal));
    }
    case "settled":
      return sendSettled(id, queue, request.applyId, context);
    case "unqueue":
      await queue.remove(request.applyId);
      runner.start();
      return result(null);
    case "acknowledge":
      return result(await queue.acknowledge(request.applyId));
  }
}

async function sendSettled(
  id: number,
  queue: Queue,
  applyId: string,
  { stream }: QueueRequestContext,
): Promise<Extract<BridgeFrame, { t: "end" }>> {
  let count = 0;
  for await (const chunk of queue.find(applyId)?.settled(TARGET_ITEM_BYTES, writeWeight) ?? []) {
    const writes = packWrites(chunk.map(({ write }) => write));
    const outcomes = packOutcomes(chunk.map(({ outcome }) => outcome));
    await stream.item({ t: "settled", id, writes, outcomes });
    count += chunk.length;
  }
  return { t: "end", id, count };
}
