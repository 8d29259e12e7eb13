import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ScheduleFile } from "../../../bridge/schedules/schedule-file.ts";
import { SchedulesBed, WANTED } from "../../support/jobs/schedules-bed.ts";

let bed: SchedulesBed;
const open = async (schedule: object, now: string, isInPanel = false): Promise<SchedulesBed> => {
  bed = await SchedulesBed.open(schedule, now, isInPanel);
  return bed;
};
afterEach(() => bed.close());

const LONG = { timeout: 20_000 };
const DAILY = { cron: "0 6 * * *" };
const HOURLY = { cron: "0 * * * *" };

describe("a schedule", () => {
  test("runs at its times and keeps what came of it, also for the next bridge", async () => {
    await open({ ...DAILY, label: "Every morning" }, "2026-05-01T00:00:00Z");
    expect(bed.info).toMatchObject({ label: "Every morning", words: "At 06:00", where: "in the test" });
    expect(bed.next()).toEqual([1, 2, 3, 4, 5].map((day) => `2026-05-0${day}T06:00:00.000Z`));
    await bed.clock.moveTo("2026-05-01T05:59:59Z");
    expect(bed.times).toEqual([]);
    await bed.clock.moveTo("2026-05-01T06:00:05Z");
    expect(bed.times).toEqual(["2026-05-01T06:00:00.000Z"]);
    expect(bed.info.running).toMatchObject({
      cause: "due",
      attempt: 1,
      due: Date.parse("2026-05-01T06:00:00Z"),
    });
    await bed.end((begun) => begun.end({ said: "All of it.", report: "/a/report" }));
    await bed.clock.moveTo("2026-05-02T06:00:00Z");
    await bed.end((begun) => begun.fail("no space left"));
    await bed.schedules.close();
    await bed.start(DAILY);
    expect(bed.history).toMatchObject([
      { is: "run", state: "succeeded", said: "All of it.", report: "/a/report" },
      { is: "run", state: "failed", problem: { message: "no space left" } },
    ]);
    const [file = ""] = readdirSync(bed.folder);
    expect(statSync(join(bed.folder, file)).mode & 0o077).toBe(0);
  });

  test("begins with the moment it is known: no earlier time was missed", async () => {
    await open(DAILY, "2026-05-01T12:00:00Z");
    expect(bed.history).toEqual([]);
    await bed.schedules.close();
    // Other times are another schedule.
    await bed.clock.moveTo("2026-05-10T12:00:00Z");
    await bed.start({ cron: "0 7 * * *" });
    expect(bed.history).toEqual([]);
    expect(bed.next()[0]).toBe("2026-05-11T07:00:00.000Z");
  });
});

describe("when clocks change", () => {
  test.each([
    // Forward: 02:30 does not exist on the 29th.
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", ["28T01:30", "29T01:30", "30T00:30"]],
    // Back: 02:30 comes twice on the 25th, and counts once.
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", ["24T00:30", "25T00:30", "26T01:30"]],
    // What repeats goes on through both hours, without a gap.
    [
      "*/30 * * * *",
      "Europe/Berlin",
      "2026-10-25T00:10:00Z",
      ["25T00:30", "25T01:00", "25T01:30", "25T02:00"],
    ],
    ["0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", ["29T01:00", "29T02:00", "29T03:00"]],
    ["0 9 * * *", "America/New_York", "2026-03-07T20:00:00Z", ["08T13:00", "09T13:00"]],
    ["0 9 * * *", "Asia/Kolkata", "2026-03-07T20:00:00Z", ["08T03:30", "09T03:30"]],
  ])("%s in %s after %s", async (cron, timeZone, now, expected) => {
    await open({ cron, timeZone }, now);
    const month = now.slice(0, 8);
    expect(bed.next().slice(0, expected.length)).toEqual(expected.map((time) => `${month}${time}:00.000Z`));
    const last = expected.at(-1) ?? "";
    const ends = (async () => {
      while (bed.times.length < expected.length || bed.begun.length > 0) {
        if (bed.begun.length > 0) await bed.end();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (const time of expected) await bed.clock.moveTo(`${month}${time}:00Z`);
    await ends;
    expect(bed.times).toEqual(expected.map((time) => `${month}${time}:00.000Z`));
    expect(bed.times.at(-1)).toBe(`${month}${last}:00.000Z`);
  });
});

describe("times that passed while no bridge ran", () => {
  const MISSED = {
    is: "missed",
    count: 3,
    first: Date.parse("2026-05-02T06:00:00Z"),
    last: Date.parse("2026-05-04T06:00:00Z"),
  };

  test("are told, and left out", async () => {
    await open(DAILY, "2026-05-01T12:00:00Z");
    await bed.schedules.close();
    await bed.clock.jumpTo("2026-05-04T12:00:00Z");
    await bed.start(DAILY);
    expect(bed.history).toMatchObject([MISSED]);
    expect(bed.info.lastMissed).toMatchObject({ count: 3 });
    expect(bed.times).toEqual([]);
    await bed.clock.moveTo("2026-05-05T06:00:00Z");
    expect(bed.times).toEqual(["2026-05-05T06:00:00.000Z"]);
    await bed.end();
    // Told once.
    await bed.schedules.close();
    await bed.start(DAILY);
    expect(bed.history).toHaveLength(2);
  });

  test("are made up for by one run, where the config says so", async () => {
    const schedule = { ...DAILY, missed: "catch-up" };
    await open(schedule, "2026-05-01T12:00:00Z");
    await bed.schedules.close();
    await bed.clock.jumpTo("2026-05-04T12:00:00Z");
    await bed.start(schedule);
    expect(bed.times).toEqual(["2026-05-04T12:00:00.000Z"]);
    await bed.end();
    expect(bed.history).toMatchObject([MISSED, { is: "run", cause: "catch-up", due: MISSED.last }]);
    await bed.clock.moveTo("2026-05-05T06:00:00Z");
    expect(bed.times).toHaveLength(2);
  });

  test("also while the machine slept; one of a moment ago is not too late", async () => {
    await open(HOURLY, "2026-05-01T00:30:00Z");
    await bed.clock.jumpTo("2026-05-01T04:01:00Z");
    expect(bed.history).toMatchObject([
      { is: "missed", count: 3 },
      { is: "run", due: Date.parse("2026-05-01T04:00:00Z") },
    ]);
  });

  test("are counted up to a bound, however long ago", async () => {
    await open({ cron: "* * * * *" }, "2020-01-01T00:00:00Z");
    await bed.schedules.close();
    await bed.clock.jumpTo("2026-05-04T12:10:30Z");
    await bed.start({ cron: "* * * * *" });
    expect(bed.history[0]).toMatchObject({ is: "missed", count: 1000 });
    expect(bed.info.running?.due).toBe(Date.parse("2026-05-04T12:10:00Z"));
  });
});

describe("when the run before is not done", () => {
  async function twoTimes(overlap: string): Promise<void> {
    await open({ ...HOURLY, overlap }, "2026-05-01T00:30:00Z");
    await bed.clock.moveTo("2026-05-01T02:00:00Z");
  }

  test("skip leaves the next one out", async () => {
    await twoTimes("skip");
    expect(bed.history.at(-1)).toMatchObject({ is: "skipped", due: Date.parse("2026-05-01T02:00:00Z") });
    await bed.end();
    expect(bed.times).toHaveLength(1);
    await bed.clock.moveTo("2026-05-01T03:00:00Z");
    expect(bed.times).toHaveLength(2);
  });

  test("wait begins it when the one before has ended, once", async () => {
    await twoTimes("wait");
    await bed.clock.moveTo("2026-05-01T03:30:00Z");
    expect(bed.times).toHaveLength(1);
    await bed.end();
    await expect.poll(() => bed.times).toEqual(["2026-05-01T01:00:00.000Z", "2026-05-01T03:30:00.000Z"]);
    expect(bed.info.running?.due).toBe(Date.parse("2026-05-01T03:00:00Z"));
    await bed.end();
    expect(bed.times).toHaveLength(2);
  });

  test("cancel ends the one before", async () => {
    await twoTimes("cancel");
    await expect.poll(() => bed.times.length).toBe(2);
    expect(bed.history).toMatchObject([
      { state: "cancelled", due: Date.parse("2026-05-01T01:00:00Z") },
      { state: "running", due: Date.parse("2026-05-01T02:00:00Z") },
    ]);
  });
});

describe("a run that failed", () => {
  const schedule = { ...HOURLY, retry: { times: 2, minutes: 10 } };
  const fail = () => bed.end((begun) => begun.fail("the backend is away"));

  test("is tried again, so often and so much later", async () => {
    await open(schedule, "2026-05-01T00:30:00Z");
    await bed.clock.moveTo("2026-05-01T01:00:00Z");
    await fail();
    expect(bed.info).toMatchObject({
      retryAt: Date.parse("2026-05-01T01:10:00Z"),
      last: { state: "failed" },
    });
    await bed.clock.moveTo("2026-05-01T01:10:00Z");
    await fail();
    await bed.clock.moveTo("2026-05-01T01:20:00Z");
    expect(bed.info.running).toMatchObject({
      cause: "retry",
      attempt: 3,
      due: Date.parse("2026-05-01T01:00:00Z"),
    });
    await fail();
    expect(bed.info.retryAt).toBeUndefined();
    await bed.clock.moveTo("2026-05-01T01:59:00Z");
    expect(bed.times).toHaveLength(3);
    expect(
      bed.history.every((entry) => entry.is === "run" && entry.problem?.message === "the backend is away"),
    ).toBe(true);
  });

  test("is not, once it is due again", async () => {
    await open({ ...HOURLY, retry: { times: 2, minutes: 90 } }, "2026-05-01T00:30:00Z");
    await bed.clock.moveTo("2026-05-01T01:00:00Z");
    await fail();
    await bed.clock.moveTo("2026-05-01T02:00:00Z");
    expect(bed.info.running).toMatchObject({ cause: "due", attempt: 1 });
    expect(bed.info.retryAt).toBeUndefined();
  });

  test("is tried again by the next bridge, too", async () => {
    await open(schedule, "2026-05-01T00:30:00Z");
    await bed.clock.moveTo("2026-05-01T01:00:00Z");
    await fail();
    await bed.schedules.close();
    await bed.clock.jumpTo("2026-05-01T01:15:00Z");
    await bed.start(schedule);
    expect(bed.info.running).toMatchObject({ cause: "retry", attempt: 2 });
  });
});

test("a bridge that was killed during a run tells that it was interrupted", async () => {
  await open(DAILY, "2026-05-01T00:00:00Z");
  await bed.clock.moveTo("2026-05-01T06:00:00Z");
  bed.abandon();
  await bed.start(DAILY);
  expect(bed.history).toMatchObject([{ is: "run", state: "interrupted" }]);
  expect(bed.info.last?.problem?.message).toContain("run it now");
  expect(bed.info.running).toBeUndefined();
});

test("one that is stopped says so, and the run is over", async () => {
  await open(DAILY, "2026-05-01T00:00:00Z");
  await bed.clock.moveTo("2026-05-01T06:00:00Z");
  await bed.schedules.close();
  bed.abandon();
  await bed.start(DAILY);
  expect(bed.history).toMatchObject([
    { state: "interrupted", problem: { message: expect.stringContaining("stopped") } },
  ]);
});

describe("work of a panel", () => {
  const declined = { is: "declined" } as const;
  const isDue = async (schedule: object = DAILY): Promise<string> => {
    await open(schedule, "2026-05-01T00:00:00Z", true);
    await bed.clock.moveTo("2026-05-01T06:00:00Z");
    return bed.info.running?.runId ?? "";
  };

  test("waits for one, however often the bridge starts, and takes the first answer", async () => {
    const runId = await isDue();
    expect(bed.info).toMatchObject({ runs: "panel", wants: WANTED, running: { state: "waiting" } });
    await bed.schedules.close();
    // As `driftscope schedule` tells it while no bridge runs.
    expect(bed.info.running).toMatchObject({ runId, state: "waiting" });
    expect(bed.info.last).toBeUndefined();
    await bed.start(DAILY);
    bed.abandon();
    await bed.clock.jumpTo("2026-05-01T18:00:00Z");
    await bed.start(DAILY);
    expect(bed.info.running).toMatchObject({
      runId,
      state: "waiting",
      at: Date.parse("2026-05-01T06:00:00Z"),
    });
    await expect(bed.schedules.answer("nightly", "another", declined, "a")).rejects.toMatchObject({
      code: "unknown-run",
    });
    await bed.schedules.answer("nightly", runId, declined, "a panel");
    await expect(bed.schedules.answer("nightly", runId, declined, "late")).rejects.toThrow("another panel");
    expect(bed.answered).toEqual([{ answer: declined, by: "a panel" }]);
    bed.begun.splice(0, bed.begun.length - 1);
    await bed.end();
    expect(bed.history).toMatchObject([{ runId, state: "succeeded" }]);
  });

  test("that waits still is not begun twice, and is not forgotten however many times pass", async () => {
    await isDue({ cron: "* * * * *" });
    const { runId } = bed.info.running ?? {};
    await expect(bed.schedules.run("nightly", "a person")).rejects.toMatchObject({
      code: "schedule-busy",
      message: expect.stringContaining("waits already"),
    });
    for (let minute = 1; minute <= 220; minute++)
      await bed.clock.moveTo(new Date(Date.parse("2026-05-01T06:00:00Z") + minute * 60_000).toISOString());
    await bed.schedules.close();
    await bed.start({ cron: "* * * * *" });
    expect(bed.info.running).toMatchObject({ runId, state: "waiting" });
  }, 600_000);

  test("ends when the next one is due, where the config says so, and when it is paused", async () => {
    const first = await isDue({ ...DAILY, overlap: "cancel" });
    await bed.clock.moveTo("2026-05-02T06:00:00Z");
    await vi.waitFor(() => expect(bed.info.running?.runId).not.toBe(first), LONG);
    expect(bed.info).toMatchObject({
      running: { state: "waiting" },
      last: { state: "cancelled", runId: first },
    });
    await bed.schedules.setPaused("nightly", true, "somebody");
    await vi.waitFor(() => expect(bed.info.running).toBeUndefined(), LONG);
    expect(bed.info.last).toMatchObject({ state: "cancelled", said: "It was paused by somebody." });
  });

  test("is cancelled for good where it was paused while no bridge ran", async () => {
    const runId = await isDue();
    await bed.schedules.close();
    await bed.open(DAILY);
    await bed.schedules.setPaused("nightly", true, "command line");
    await bed.start(DAILY);
    expect(bed.history).toMatchObject([
      { runId, state: "cancelled", said: "It was paused by command line." },
    ]);
  });

  test("of another kind now is interrupted", async () => {
    await isDue();
    await bed.schedules.close();
    bed.isInPanel = false;
    await bed.start(DAILY);
    expect(bed.history).toMatchObject([{ state: "interrupted" }]);
  });
});

describe("paused", () => {
  test("it does not run, and what passes meanwhile is not missed", async () => {
    await open(DAILY, "2026-05-01T00:00:00Z");
    await bed.schedules.setPaused("nightly", true, "somebody");
    expect(bed.info).toMatchObject({ next: [], paused: { by: "somebody", since: bed.clock.now() } });
    await bed.clock.moveTo("2026-05-03T12:00:00Z");
    await bed.schedules.close();
    await bed.start(DAILY);
    expect(bed.info.paused).toBeDefined();
    await bed.schedules.setPaused("nightly", false, "somebody");
    expect(bed.history).toEqual([]);
    expect(bed.times).toEqual([]);
    await bed.clock.moveTo("2026-05-04T06:00:00Z");
    expect(bed.times).toEqual(["2026-05-04T06:00:00.000Z"]);
  });

  test("it can be run by hand all the same", async () => {
    await open(DAILY, "2026-05-01T00:00:00Z");
    await bed.schedules.setPaused("nightly", true, "somebody");
    await bed.schedules.run("nightly", "a person");
    await expect(bed.schedules.run("nightly", "a person")).rejects.toMatchObject({ code: "schedule-busy" });
    await bed.end();
    expect(bed.history).toMatchObject([{ cause: "by-hand", by: "a person", state: "succeeded" }]);
    await expect(bed.schedules.run("daily", "a person")).rejects.toThrow('has "nightly"');
  });
});

describe("jitter", () => {
  const begins = async (seed: string): Promise<number[]> => {
    await open({ ...HOURLY, jitterSeconds: 600 }, "2026-05-01T00:30:00Z");
    await bed.schedules.close();
    await bed.start({ ...HOURLY, jitterSeconds: 600 }, seed);
    for (let hour = 1; hour < 9; hour++) {
      await bed.clock.moveTo(`2026-05-01T0${hour}:59:00Z`);
      await bed.end();
    }
    const late = bed.times.map((time, i) => Date.parse(time) - Date.parse(`2026-05-01T0${i + 1}:00:00Z`));
    await bed.close();
    return late;
  };

  test("is bounded, the same for the same bridge, and another one for another", async () => {
    const first = await begins("one");
    expect(first).toHaveLength(8);
    expect(first.every((late) => late >= 0 && late <= 600_000)).toBe(true);
    expect(new Set(first).size).toBe(8);
    expect(await begins("one")).toEqual(first);
    expect(await begins("two")).not.toEqual(first);
  });

  test("is never so much that the next time comes first", async () => {
    await open({ cron: "* * * * *", jitterSeconds: 3600 }, "2026-05-01T00:00:30Z");
    await bed.clock.moveTo("2026-05-01T00:01:30Z");
    expect(bed.times).toHaveLength(1);
  });
});

describe("times that a panel sets", () => {
  const times = { cron: "15 8 * * 1", timeZone: "Europe/Berlin" };

  test("hold also for the next bridge, until those of the file do again", async () => {
    const schedule = { ...DAILY, timesFromPanel: true };
    await open(schedule, "2026-05-01T00:00:00Z");
    expect(bed.schedules.preview(times)).toMatchObject({ words: "At 08:15, only on Monday" });
    await bed.schedules.setTimes("nightly", times);
    await bed.schedules.close();
    await bed.start(schedule);
    expect(bed.info).toMatchObject({ times, timesOfFile: { cron: "0 6 * * *", timeZone: "UTC" } });
    expect(bed.next()[0]).toBe("2026-05-04T06:15:00.000Z");
    await bed.schedules.setTimes("nightly", undefined);
    expect(bed.next()[0]).toBe("2026-05-01T06:00:00.000Z");
  });

  test("are refused where the file does not allow it, and where they mean nothing", async () => {
    await open(DAILY, "2026-05-01T00:00:00Z");
    await expect(bed.schedules.setTimes("nightly", times)).rejects.toMatchObject({ code: "not-allowed" });
    await bed.schedules.close();
    await bed.start({ ...DAILY, timesFromPanel: true });
    for (const cron of ["0 0 30 2 *", "61 * * * *", "* * * *"]) {
      await expect(bed.schedules.setTimes("nightly", { cron, timeZone: "UTC" })).rejects.toMatchObject({
        code: "bad-times",
      });
    }
    expect(() => bed.schedules.preview({ cron: "0 6 * * *", timeZone: "Mars/Base" })).toThrow("time zone");
  });
});

test("the history is kept in bounds", async () => {
  await open(DAILY, "2026-05-01T00:00:00Z");
  const path = join(bed.folder, "long.log");
  const file = await ScheduleFile.open(path);
  const skipped = (due: number) => ({ is: "skipped" as const, at: due, due });
  await file.pause({ since: 7, by: "a test" });
  // At the same time: they share what it takes to be durable.
  await Promise.all(Array.from({ length: 900 }, (_, due) => file.add(skipped(due))));
  await file.close();
  const before = statSync(path).size;
  const again = await ScheduleFile.open(path);
  expect(again.entries).toEqual(Array.from({ length: 200 }, (_, i) => skipped(700 + i)));
  expect(again.paused).toEqual({ since: 7, by: "a test" });
  expect(statSync(path).size).toBeLessThan(before / 3);
  await again.close();
});
