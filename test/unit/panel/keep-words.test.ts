import { expect, test } from "vitest";
import { confirmationWords } from "../../../extension/panel/format/confirmation-words.ts";
import { behindWords, keepWords, pauseWords } from "../../../extension/panel/format/keep-words.ts";
import type { KeepCondition, KeepState } from "../../../extension/panel/worker/keep/keep-state.ts";

const NOW = new Date(2026, 4, 3, 12, 30, 15).getTime();

const state = (condition: KeepCondition, more: Partial<KeepState> = {}): KeepState => ({
  mappingId: "m1",
  condition,
  behind: 0,
  held: false,
  ...more,
});

const IN_SYNC: KeepCondition = { is: "inSync", at: NOW, records: 1200 };

test("equal is said with when, how and how many; what was only rechecked is never called so", () => {
  expect(keepWords(state(IN_SYNC), NOW)).toMatchObject({
    short: "In sync",
    long: "Equal at 12:30:15: 1,200 records, full scan.",
  });
  const rechecked = { ...IN_SYNC, rechecked: { keys: 1, fullAt: NOW - 120_000 } };
  expect(keepWords(state(rechecked), NOW)).toMatchObject({
    short: "No drift known",
    long: "No drift at 12:30:15: 1 changed key looked at. Full scan 2 min ago.",
  });
});

test("what a round does and what is behind go before what the last one found, but not before a pause", () => {
  expect(keepWords(state(IN_SYNC, { behind: 3 }), NOW)).toMatchObject({ is: "working", short: "3 behind" });
  expect(keepWords(state(IN_SYNC, { behind: 3, busy: "applying" }), NOW).short).toBe("Writing 3 changes");
  expect(keepWords(state(IN_SYNC, { held: true, behind: 3 }), NOW)).toMatchObject({
    is: "held",
    short: "3 behind, waits for you",
  });
  // A compare alone says nothing new.
  expect(keepWords(state(IN_SYNC, { busy: "comparing" }), NOW).short).toBe("In sync");
  const because = { is: "limit", over: { side: "remote", count: 30, of: 100 }, applyId: "a" } as const;
  const paused = state({ is: "paused", at: NOW, because }, { behind: 3, held: true });
  expect(keepWords(paused, NOW)).toMatchObject({ is: "paused", short: "Paused" });
  expect(pauseWords(because)).toBe(
    "A round would delete or replace 30 of the 100 records of the remote: more than the limit.",
  );
});

test("offline since when, and what is behind the base", () => {
  const offline = { is: "offline", since: NOW, side: "remote", reason: "gone", retryAt: NOW } as const;
  expect(keepWords(state(offline), NOW).short).toBe("Offline since 12:30");
  const behind = { added: 2, changed: 1, removed: 0 };
  expect(keepWords(state({ ...offline, behind }), NOW).short).toBe("Offline since 12:30, 3 behind");
  expect(behindWords(behind)).toContain("2 added and 1 changed here since the base.");
  expect(behindWords({ added: 0, changed: 0, removed: 0 })).toBe("Nothing changed here since the base.");
});

test("the last confirmation of a record, side by side", () => {
  const found = { is: "found", applyId: "a", kind: "apply", at: NOW } as const;
  const op = { opId: "a-0" };
  const words = (operations: Parameters<typeof confirmationWords>[0] & { is: "found" }) =>
    confirmationWords(operations, NOW).map(({ text }) => text);
  expect(
    words({
      ...found,
      operations: [
        {
          side: "remote",
          action: "replace",
          outcome: { ...op, status: "applied", token: "3.a-0" },
        },
        {
          side: "local",
          action: "create",
          outcome: { ...op, status: "rejected", code: "constraint", reason: "The unique index refused it." },
        },
      ],
    }),
  ).toEqual([
    "Push 12:30:15: applied at version 3.a-0",
    "Pull 12:30:15: rejected because the unique index refused it.",
  ]);
  const deletion = { side: "remote", action: "delete", outcome: { ...op, status: "applied" } } as const;
  expect(words({ ...found, kind: "undo", operations: [deletion] })).toEqual([
    "Undo, deletion there 12:30:15: applied",
  ]);
});

test("where nothing is known, how far was looked", () => {
  const [never] = confirmationWords({ is: "none", applies: 0, more: false });
  expect(never?.text).toBe("Never written from here, as far as the history is kept");
  const [all] = confirmationWords({ is: "none", applies: 2, since: NOW, more: false });
  expect(all?.text).toBe("Not written in any apply of the history (2 applies, since 3 May)");
  const [some] = confirmationWords({ is: "none", applies: 1000, since: NOW, more: true });
  expect(some?.text).toContain("Not written since 3 May: in none of the last 1,000 applies");
});
