/** A panel's requests about schedules. What they do stands in the config file alone (decision 34). */
import type { BridgeFrame, PanelFrame } from "../../core/protocol/frames.ts";
import type { Schedules } from "./schedules.ts";

const SCHEDULE_REQUESTS = [
  "schedules",
  "run-schedule",
  "pause-schedule",
  "time-schedule",
  "preview-times",
  "answer-schedule",
  "schedule-history",
] as const;
type ScheduleRequest = Extract<PanelFrame, { t: (typeof SCHEDULE_REQUESTS)[number] }>;

interface ScheduleRequestContext {
  readonly panelLabel: string;
  readonly signal: AbortSignal;
}

export const isScheduleRequest = (request: PanelFrame): request is ScheduleRequest =>
  (SCHEDULE_REQUESTS as readonly string[]).includes(request.t);

export async function answerScheduleRequest(
  request: ScheduleRequest,
  schedules: Schedules,
  context: ScheduleRequestContext,
): Promise<Extract<BridgeFrame, { t: "result" }>> {
  const { id } = request;
  return { t: "result", id, value: (await answerOf(request, schedules, context)) ?? null };
}

async function answerOf(
  request: ScheduleRequest,
  schedules: Schedules,
  { panelLabel, signal }: ScheduleRequestContext,
): Promise<unknown> {
  switch (request.t) {
    case "schedules":
      return request.known === undefined ? schedules.state() : schedules.changed(request.known, signal);
    case "run-schedule":
      return schedules.run(request.name, panelLabel);
    case "pause-schedule":
      return schedules.setPaused(request.name, request.paused, panelLabel);
    case "time-schedule":
      return schedules.setTimes(request.name, request.times ?? undefined);
    case "preview-times":
      return schedules.preview(request.times);
    case "answer-schedule":
      return schedules.answer(request.name, request.runId, request.answer, panelLabel);
    case "schedule-history":
      return schedules.history(request.name);
  }
}
