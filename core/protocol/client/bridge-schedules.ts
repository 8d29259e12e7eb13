/** The bridge's schedules as its clients use them. Each call may throw ProtocolError or BridgeConnectError. */
import * as v from "valibot";
import {
  type PanelAnswer,
  type ScheduleHistory,
  ScheduleHistorySchema,
  type SchedulesState,
  SchedulesStateSchema,
  type Times,
  type TimesPreview,
  TimesPreviewSchema,
} from "../schedule-frames.ts";
import type { BridgeConnection } from "./bridge-connection.ts";

export class BridgeSchedules {
  readonly #connect: () => Promise<BridgeConnection>;

  constructor(connect: () => Promise<BridgeConnection>) {
    this.#connect = connect;
  }

  /** @param known The revision of the state at hand: the answer comes when there is another one. */
  async state(known?: number, signal?: AbortSignal): Promise<SchedulesState> {
    const bridge = await this.#connect();
    const request = { t: "schedules" as const, ...(known === undefined ? {} : { known }) };
    return v.parse(SchedulesStateSchema, await bridge.result(request, signal));
  }

  /** Begins a run at once; how it goes on shows in the state. */
  async run(name: string): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "run-schedule", name });
  }

  async setPaused(name: string, paused: boolean): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "pause-schedule", name, paused });
  }

  /** Null: those of the config file. */
  async setTimes(name: string, times: Times | null): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "time-schedule", name, times });
  }

  /** What times mean, before they are set. */
  async preview(times: Times): Promise<TimesPreview> {
    const bridge = await this.#connect();
    return v.parse(TimesPreviewSchema, await bridge.result({ t: "preview-times", times }));
  }

  /** What came of a run that waited for a panel. */
  async answer(name: string, runId: string, answer: PanelAnswer): Promise<void> {
    const bridge = await this.#connect();
    await bridge.result({ t: "answer-schedule", name, runId, answer });
  }

  /** The newest first. */
  async history(name?: string): Promise<ScheduleHistory> {
    const bridge = await this.#connect();
    const request = { t: "schedule-history" as const, ...(name === undefined ? {} : { name }) };
    return v.parse(ScheduleHistorySchema, await bridge.result(request));
  }
}
