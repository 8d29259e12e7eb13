import { describe, expect, test } from "vitest";
import type { PanelAnswer } from "../../../core/protocol/schedule-frames.ts";
import { DRIFT_KINDS, type DriftKind } from "../../../core/session/drift.ts";
import type { CompareSummary, MappingInfo, WaitingRun } from "../../../extension/panel/worker/api.ts";
import { PanelError } from "../../../extension/panel/worker/panel-error.ts";
import { compareForSchedule } from "../../../extension/panel/worker/schedules/scheduled-compare.ts";

const WANTS = { url: "https://shop.example/orders", database: "shop", connection: "lab" };
const run = (wants: Partial<WaitingRun["wants"]> = {}): WaitingRun => ({
  name: "look",
  runId: "1a2b3c4d",
  wants: { ...WANTS, ...wants },
});

const mapping = (store: string, connection = "lab", frame: readonly number[] = []): MappingInfo => ({
  id: `${store} ${connection} ${frame.join()}`,
  ref: { frame, bucket: "", database: "shop", store },
  connection,
  backend: "sqlite",
  level: "confirm",
  collection: `shop.${store}`,
  settings: {},
});
/** The last one is in a frame of another origin. */
const MAPPINGS = [
  mapping("orders"),
  mapping("lines"),
  mapping("orders", "other"),
  mapping("notes", "lab", [0]),
];

const counts = Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, kind === "conflict" ? 2 : 0])) as Record<
  DriftKind,
  number
>;
const SUMMARY: CompareSummary = {
  extent: "full",
  counts,
  complete: true,
  startedAt: 1,
  finishedAt: 2,
  localRows: 5,
  remoteRows: 4,
  emptied: [],
  driftCount: 2,
};

/** What came of it: which mappings were compared, and what the bridge was told. */
async function compared(
  waiting: WaitingRun,
  compare: (id: string) => CompareSummary = () => SUMMARY,
): Promise<{ compared: string[]; answers: PanelAnswer[]; failure: unknown }> {
  const done: string[] = [];
  const answers: PanelAnswer[] = [];
  const failure = await compareForSchedule(waiting, {
    mappings: async () => MAPPINGS,
    originOf: ({ ref }) => (ref.frame.length === 0 ? "https://shop.example" : "https://other.example"),
    compare: async (id) => compare(id),
    answer: async (_name, _runId, answer) => void answers.push(answer),
    onCompared: (id) => done.push(id),
  }).catch((error: unknown) => error);
  return { compared: done, answers, failure };
}

test("compares the stores that the schedule names, or all that are mapped, and tells what came of it", async () => {
  expect(await compared(run({ stores: ["lines"] }))).toEqual({
    compared: ["lines lab "],
    answers: [
      {
        is: "compared",
        stores: [
          {
            database: "shop",
            store: "lines",
            collection: "shop.lines",
            rows: { local: 5, remote: 4 },
            counts,
          },
        ],
      },
    ],
    failure: undefined,
  });
  expect((await compared(run())).compared).toEqual(["orders lab ", "lines lab "]);
});

describe("the schedule goes on waiting", () => {
  test.each([
    [
      "a store is not mapped",
      run({ stores: ["lines", "missing"] }),
      '"missing" of the database "shop" is mapped',
    ],
    ["it is mapped elsewhere", run({ stores: ["notes"] }), '"notes" of the database "shop" is mapped'],
    ["nothing is mapped", run({ database: "blog" }), 'No store of the database "blog" is mapped to "lab"'],
  ])("where %s", async (_what, waiting, said) => {
    const { answers, failure, compared: done } = await compared(waiting);
    expect(failure).toMatchObject({ code: "no-mapping", message: expect.stringContaining(said) });
    expect([answers, done]).toEqual([[], []]);
  });

  test("where the person cancels it, or the panel does something else", async () => {
    const cancelled = await compared(run(), () => ({ ...SUMMARY, complete: false }));
    expect(cancelled).toMatchObject({ answers: [], failure: { code: "cancelled" } });
    const busy = await compared(run(), () => {
      throw new PanelError("busy", "A compare is running.");
    });
    expect(busy).toMatchObject({ answers: [], failure: { code: "busy" } });
  });
});

test("a compare that fails is told with its reason", async () => {
  const failed = await compared(run(), () => {
    throw Object.assign(new Error("The backend is away."), { code: "backend-unavailable" });
  });
  expect(failed).toMatchObject({
    compared: [],
    answers: [{ is: "failed", message: "The backend is away." }],
    failure: { code: "backend-unavailable" },
  });
});
