import fc from "fast-check";
import type { Fault } from "../../support/models/environment.ts";
import type { Action, Choice, Hints, OtherWrite, Trouble } from "./machine.ts";

const KEYS = 5;
const CALLS = 25;

const otherWrite: fc.Arbitrary<OtherWrite> = fc.record({
  side: fc.constantFrom("local", "remote"),
  key: fc.nat(KEYS - 1),
  how: fc.constantFrom("put", "put", "delete", "copy"),
});

const fault: fc.Arbitrary<Fault> = fc.constantFrom(
  "fail",
  "crash",
  "crash-after",
  "crash-midway",
  "lost-answer",
  "late",
);

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ faults: [], writes: [] }) },
  {
    weight: 3,
    arbitrary: fc.record({
      faults: fc.array(fc.tuple(fc.integer({ min: 1, max: CALLS }), fault), { maxLength: 4 }),
      writes: fc.array(fc.tuple(fc.integer({ min: 1, max: CALLS }), otherWrite), { maxLength: 4 }),
      cancelAt: fc.option(fc.integer({ min: 1, max: CALLS }), { nil: undefined, freq: 6 }),
    }),
  },
);

const choices = fc.array(fc.constantFrom<Choice>("push", "pull", "merge", "propose", "leave"), {
  minLength: 1,
  maxLength: KEYS,
});

/** Every kind of action, writers and applies most often. */
export const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), write: otherWrite }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("compare" as const),
        batchSize: fc.integer({ min: 1, max: 4 }),
        trouble,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("compareAgain" as const),
        hints: fc.constantFrom<Hints>("complete", "complete", "some"),
        trouble,
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("apply" as const), choices, trouble }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), trouble }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("undo" as const), which: fc.nat(9), trouble }) },
    { weight: 1, arbitrary: fc.constant({ do: "late" as const }) },
  ),
  { maxLength: 30, size: "max" },
);
