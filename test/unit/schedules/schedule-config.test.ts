import { describe, expect, test } from "vitest";
import { ConfigError, parseConfig } from "../../../bridge/config/load-config.ts";

const FILE = "/somewhere/driftscope.config.json";
const good = { cron: "0 6 * * *", task: { do: "send-queue" } };
const page = { url: "http://localhost:1/", profile: "p", database: "d", connection: "shop" };

function problemWith(schedule: object): string {
  const jobs = {
    words: { kind: "command", command: ["x", "{n}"], parameters: { n: { type: "number", max: 3 } } },
  };
  const connections = { shop: { backend: "sqlite", file: "shop.sqlite" } };
  try {
    parseConfig(JSON.stringify({ connections, jobs, schedules: { nightly: schedule } }), FILE);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("what cannot be meant is refused with file, place and reason", () => {
  test.each([
    [
      { ...good, cron: "0 0 30 2 *" },
      '$.schedules.nightly.cron: expected an expression that ever fires: no date is like this, found "0 0 30 2 *".',
    ],
    [{ ...good, cron: "0 0 31 4 *" }, "$.schedules.nightly.cron: expected an expression that ever fires"],
    [{ ...good, cron: "0 0 31 2,4,6 *" }, "$.schedules.nightly.cron: expected an expression that ever fires"],
    [{ ...good, cron: "61 * * * *" }, "$.schedules.nightly.cron: expected a cron expression ("],
    [{ ...good, cron: "* * * *" }, "$.schedules.nightly.cron: expected five fields"],
    [{ ...good, cron: "* * * * * *" }, "$.schedules.nightly.cron: expected five fields"],
    [{ ...good, cron: "every day" }, "$.schedules.nightly.cron: expected five fields"],
    [{ ...good, timeZone: "Mars/Base" }, "$.schedules.nightly.timeZone: expected a time zone such as"],
    [{ ...good, overlap: "both" }, '$.schedules.nightly.overlap: expected "skip" or "wait" or "cancel"'],
    [{ ...good, jitter: 3 }, '$.schedules.nightly: there is no setting "jitter"'],
    [
      { ...good, task: { do: "job", job: "wrods" } },
      '$.schedules.nightly.task.job: there is no job "wrods"; known are "words".',
    ],
    [
      { ...good, task: { do: "job", job: "words", parameters: { n: 4 } } },
      "$.schedules.nightly.task.parameters: The parameter",
    ],
    [{ ...good, task: { do: "job", job: "words" } }, 'wants a value for "n"'],
    [
      { ...good, task: { do: "send-queue", connection: "shpo" } },
      '$.schedules.nightly.task.connection: there is no connection "shpo"',
    ],
    [
      { ...good, task: { do: "compare", ...page, profile: undefined } },
      '$.schedules.nightly.task: expected either "profile", to open the page without a window, or "waitForPanel": true',
    ],
    [
      { ...good, task: { do: "compare", ...page, waitForPanel: true } },
      "$.schedules.nightly.task: expected either",
    ],
    [
      { ...good, task: { do: "compare", ...page, profile: undefined, waitForPanel: true, app: false } },
      '$.schedules.nightly.task: expected neither "app" nor "mapping" with "waitForPanel"',
    ],
    [
      { ...good, task: { do: "pull", ...page, profile: undefined } },
      "$.schedules.nightly.task.profile: is missing.",
    ],
    [
      { ...good, task: { do: "pull", ...page, waitForPanel: true } },
      '$.schedules.nightly.task: there is no setting "waitForPanel"',
    ],
    [
      { ...good, task: { do: "bundle", connection: "shpo" } },
      '$.schedules.nightly.task.connection: there is no connection "shpo"',
    ],
    [
      { ...good, task: { do: "bundle", connection: "shop", collections: ["a"], mapping: "m.json" } },
      '$.schedules.nightly.task: expected "collections" or "mapping", not both',
    ],
    [
      { ...good, task: { do: "bundle", connection: "shop", keep: 0 } },
      "$.schedules.nightly.task.keep: expected",
    ],
    [{ ...good, task: { do: "pull", ...page, url: "here" } }, "$.schedules.nightly.task.url: expected a URL"],
  ])("%j", (schedule, said) => {
    const message = problemWith(schedule);
    expect(message.startsWith(`${FILE}: $.schedules.nightly`)).toBe(true);
    expect(message).toContain(said);
  });

  test.each([
    [{ ...good, cron: "0 0 29 2 *" }],
    [{ ...good, cron: "0 9 L * *", timeZone: "Europe/Berlin" }],
    [{ ...good, cron: "@daily", task: { do: "compare", ...page } }],
    [{ ...good, task: { do: "job", job: "words", parameters: { n: 3 } } }],
    [{ ...good, task: { do: "compare", ...page, profile: undefined, waitForPanel: true } }],
    [{ ...good, task: { do: "bundle", connection: "shop", collections: ["shop.orders"], keep: 3 } }],
  ])("%j is right", (schedule) => {
    expect(problemWith(schedule)).toBe("accepted");
  });
});
