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
): Task {
  const isMeant = (apply: QueuedApply): boolean =>
    connection === undefined || apply.connection === connection;
  return {
    ...words,
    async run({ signal }: TaskRequest) {
      const before = (await queue.state()).applies.filter(isMeant).filter(isOpen);
      runner.start();
      for (let known: number | undefined; ; ) {
        const state = known === undefined ? await queue.state() : await queue.changed(known, signal);
        known = state.revision;
        const left = before.flatMap((was) => {
          const now = state.applies.find(({ applyId }) => applyId === was.applyId);
          return now !== undefined && isOpen(now) ? [{ was, now }] : [];
        });
        if (left.length === 0) {
          return { said: before.length === 0 ? "Nothing was queued." : `${applies(before.length)} sent.` };
        }
        // A try in vain sets the time of the next one anew.
        const refused = left.find(({ was, now }) => now.is === "waiting" && now.retryAt !== was.retryAt);
        if (refused !== undefined) throw stillAway(refused.now, left.length);
      }
    },
  };
}

const isOpen = ({ is }: QueuedApply): boolean => is === "waiting" || is === "sending";

const applies = (count: number): string =>
  count === 1 ? "1 queued apply was" : `${count} queued applies were`;

function stillAway({ connection, problem }: QueuedApply, open: number): ProtocolError {
  const code = (problem?.code ?? "backend-unavailable") as ProtocolErrorCode;
  const why = problem?.message ?? "The backend is away.";
  const what = open === 1 ? "1 queued apply" : `${open} queued applies`;
  return new ProtocolError(
    code,
    `${what} could not be sent to ${connection}: ${why} The bridge goes on trying.`,
  );
}
