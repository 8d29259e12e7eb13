import { expect, test } from "vitest";
import { type RoundSignals, RunSlot } from "../../../extension/panel/worker/sync/run-slot.ts";

/** A piece of work that a test ends. */
function pending<Signals>() {
  let end = (): void => undefined;
  let started = (_signals: Signals): void => undefined;
  const isStarted = new Promise<Signals>((resolve) => {
    started = resolve;
  });
  const isEnded = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (signals: Signals): Promise<string> => {
    started(signals);
    await isEnded;
    return "done";
  };
  return { work, end, isStarted };
}

test("a person's run ends what a round looks at, and waits for what it writes", async () => {
  const slot = new RunSlot();
  const round = pending<RoundSignals>();
  const order: string[] = [];
  const byItself = slot.byItself(round.work).then(() => order.push("round"));
  const { look, write } = await round.isStarted;
  const byPerson = slot.byPerson(async () => void order.push("person"));
  expect(look.aborted).toBe(true);
  expect(write.aborted).toBe(false);
  round.end();
  await Promise.all([byItself, byPerson]);
  expect(order).toEqual(["round", "person"]);
});

test("a round waits for a person's run, and rounds for each other", async () => {
  const slot = new RunSlot();
  const person = pending<AbortSignal>();
  const first = pending<RoundSignals>();
  const order: string[] = [];
  const run = slot.byPerson(person.work).then(() => order.push("person"));
  const rounds = [
    slot.byItself(async (signals) => {
      await first.work(signals);
      order.push("first");
    }),
    slot.byItself(async () => void order.push("second")),
  ];
  await person.isStarted;
  person.end();
  await first.isStarted;
  expect(order).toEqual(["person"]);
  first.end();
  await Promise.all([run, ...rounds]);
  expect(order).toEqual(["person", "first", "second"]);
});

test("a second run of a person is refused, also while the first one waits for a round", async () => {
  const slot = new RunSlot();
  const round = pending<RoundSignals>();
  const byItself = slot.byItself(round.work);
  await round.isStarted;
  const first = slot.byPerson(async () => "first");
  await expect(slot.byPerson(async () => "second")).rejects.toMatchObject({ code: "busy" });
  round.end();
  expect(await first).toBe("first");
  expect(await byItself).toBe("done");
  expect(await slot.byPerson(async () => "third")).toBe("third");
});

test("a cancel reaches whatever runs; what throws leaves the slot free", async () => {
  const slot = new RunSlot();
  const round = pending<RoundSignals>();
  const byItself = slot.byItself(round.work);
  const { look, write } = await round.isStarted;
  slot.cancel();
  expect([look.aborted, write.aborted]).toEqual([true, true]);
  round.end();
  await byItself;
  await expect(slot.byItself(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(slot.byPerson(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await slot.byItself(async () => "free")).toBe("free");
});
