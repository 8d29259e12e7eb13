import { ProtocolError, type ProtocolErrorCode } from "../../core/protocol/protocol-error.ts";
import type { QueuedApply } from "../../core/protocol/queue-frames.ts";
import type { ScheduleTask } from "../config/schedules-schema.ts";
import type { ServedQueue } from "../queue/answer-queue.ts";
import type { Task, TaskRequest, TaskWords } from "./task.ts";

type QueueTaskConfig = Extract<ScheduleTask, { do: "send-queue" }>;

/** Has the bridge try what is queued now, and tells what came of it: one try, since its own go on anyway. */
export function queueTask(
  { connection }: QueueTaskConfig,
  words: TaskWords,
  { queue, runner }: ServedQueue,
  now: () => number,
): Task {
  const isMeant = (apply: QueuedApply): boolean =>
    connection === undefined || apply.connection === connection;
  return {
    ...words,
    async run({ signal }: TaskRequest) {
      const began = now();
      const before = (await queue.state()).applies.filter(isMeant).filter(isOpen);
      runner.start();
      for (let known: number | undefined; ; ) {
        const state = known === undefined ? await queue.state() : await queue.changed(known, signal);
        known = state.revision;
        const open = state.applies
          .filter((apply) => before.some(({ applyId }) => applyId === apply.applyId))
          .filter(isOpen);
        if (open.length === 0)
          return {
            said: before.length === 0 ? "Nothing was queued." : `${before.length} applies were sent.`,
          };
        const refused = open.find((apply) => wasTriedSince(apply, began));
        if (refused !== undefined) throw stillAway(refused, open.length);
      }
    },
  };
}

const isOpen = ({ is }: QueuedApply): boolean => is === "waiting" || is === "sending";

/** A try ends with the time of the next one, which is later than a try of ours. */
const wasTriedSince = ({ is, retryAt }: QueuedApply, began: number): boolean =>
  is === "waiting" && retryAt !== undefined && retryAt > began;

function stillAway({ connection, problem }: QueuedApply, open: number): ProtocolError {
  const code = (problem?.code ?? "backend-unavailable") as ProtocolErrorCode;
  const why = problem?.message ?? "The backend is away.";
  return new ProtocolError(
    code,
    `${open} queued applies could not be sent to ${connection}: ${why} The bridge goes on trying.`,
  );
}
