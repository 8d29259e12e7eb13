import { expect, test, vi } from "vitest";
import type { BridgeJobs } from "../../../core/protocol/client/bridge-jobs.ts";
import { createJobsStore } from "../../../extension/panel/stores/jobs.ts";
import type { Notices } from "../../../extension/panel/stores/notices.ts";
import type { WorkerPort } from "../../../extension/panel/stores/worker-port.ts";
import { JobLogReader } from "../../../extension/panel/worker/jobs/job-log-reader.ts";

const PART = 10;

/** The store over the worker's own reader, on a bridge whose one run has ended and printed this. */
function storeOn(printed: string) {
  const all = new TextEncoder().encode(printed);
  const bridge = {
    log: async (_run: string, given: number, signal: AbortSignal) => {
      await new Promise(setImmediate);
      signal.throwIfAborted();
      const from = given < 0 ? Math.max(0, all.length + given) : given;
      return { from, bytes: all.slice(from, from + PART), end: all.length, hasEnded: true };
    },
  } as unknown as BridgeJobs;
  const reader = new JobLogReader(() => bridge);
  const api = {
    jobLog: (run: string, from: number) => reader.read(run, from),
    leaveJobLog: async () => reader.leave(),
    jobRuns: async () => [],
  };
  const report = vi.fn<Notices["report"]>();
  const worker = { api, on: () => () => {} } as unknown as WorkerPort;
  return { store: createJobsStore(worker, { report } as unknown as Notices), report };
}

test("a log that is followed anew is whole, though who followed before hears of it only later", async () => {
  const { store, report } = storeOn("all that was printed, in several parts");
  const before = new AbortController();
  let isDrawn = () => {};
  const drawing = new Promise<void>((resolve) => {
    isDrawn = resolve;
  });
  const first = store.follow("run", before.signal, () => drawing);
  await vi.waitFor(() => expect(store.log.value.text).not.toBe(""));
  const second = store.follow("run", new AbortController().signal, async () => {});
  isDrawn();
  await Promise.all([first, second]);
  before.abort();
  expect(store.log.value.text).toBe("all that was printed, in several parts");
  expect(report).not.toHaveBeenCalled();
});
