import { expect, test } from "vitest";
import { tellWords } from "../../../extension/panel/format/tell-words.ts";
import type { TellCondition, TellState } from "../../../extension/panel/worker/tell/tell-state.ts";

const NOW = new Date(2026, 4, 3, 12, 30, 15).getTime();
const TO = "the topic seen of Kafka at localhost:9092";

const words = (condition: TellCondition, counts: Partial<TellState> = {}) =>
  tellWords(
    { mappingId: "m1", condition, untold: 0, told: 0, withheld: 0, skipped: 0, gaps: 0, ...counts },
    TO,
    NOW,
  );

test("what is told, what is not yet, and what could not be, are said with where it goes", () => {
  expect(words({ is: "telling" }, { told: 1200 })).toEqual({
    short: "1,200 told",
    long: `What this page writes is told to ${TO}. 1,200 changes told, 0 not yet.`,
  });
  const counts = { untold: 1, told: 4, withheld: 2, skipped: 1, gaps: 1 };
  expect(words({ is: "telling" }, counts)).toEqual({
    short: "1 change not told yet",
    long: `What this page writes is told to ${TO}. 4 changes told, 1 not yet. 2 told without the record, which cannot be sent. 1 left out: the key is too large. 1 time not all writes were seen, which is told too.`,
  });
});

test("why nothing is told goes before counts that would say that all is well", () => {
  expect(words({ is: "notWatched" }, { told: 3 }).short).toBe("Not told: not watched");
  expect(words({ is: "elsewhere" }).short).toBe("Told by another panel");
  expect(words({ is: "disagreed" }, { told: 3 }).short).toBe("Not told: agree anew");
  const away = { is: "away", since: NOW - 60_000, reason: "Nothing listens there.", retryAt: NOW } as const;
  expect(words(away, { untold: 2 })).toMatchObject({
    short: "2 changes not told yet",
    long: expect.stringMatching(/^Cannot be told since 12:29: Nothing listens there\. It is tried again/),
  });
});
