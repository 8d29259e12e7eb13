import { afterEach, expect, test, vi } from "vitest";
import type { ObservedChange } from "../../../core/protocol/observed-columns.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { ToldMapping } from "../../../extension/panel/worker/tell/told-mapping.ts";
import type { Watched } from "../../../extension/panel/worker/watch/write-watcher.ts";
import { inProcessLocks } from "../../support/in-process-locks.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { World } from "../../support/models/world.ts";

/** On a busy machine. */
const SOON = { timeout: 20_000 };

/** A page, and somebody who is told, who may be away. */
class Bed {
  readonly world = new World();
  readonly locks = inProcessLocks();
  readonly sent: ObservedChange[] = [];
  agreed = true;
  isAway = false;
  isWatched = true;
  /** What the next looks are answered with, before those of nothing new. */
  readonly answers: Watched["local"][] = [];
  readonly #all: { readonly told: ToldMapping; readonly ended: Promise<void> }[] = [];
  #at = 0;

  tell(): ToldMapping {
    const told = new ToldMapping({
      id: "m1",
      locks: this.locks,
      written: async (after) => {
        if (!this.isWatched) return { local: { unknown: after === undefined ? "notWatched" : "reloaded" } };
        const position = { watch: "w", at: ++this.#at };
        const begun = { unknown: "watchedLater" } as const;
        const local = after === undefined ? begun : (this.answers.shift() ?? { keys: [], unseen: [] });
        return { local, position };
      },
      ports: async () =>
        this.agreed
          ? {
              ...this.world.ports(),
              send: (changes) => this.#send(changes),
              newOpId: this.world.newOpId,
              clock: Date.now,
            }
          : undefined,
      clock: Date.now,
      onState: () => undefined,
    });
    this.#all.push({ told, ended: told.tell() });
    return told;
  }

  /** The page writes a record. */
  write(key: number, body: string): void {
    this.world.local.put(hexOf(key), body);
    this.answers.push({ keys: [keyOf(key)], unseen: [] });
  }

  /** What was told, as its state and text. */
  get said(): string[] {
    return this.sent.map(({ state, text }) => `${state} ${new TextDecoder().decode(text).split(":")[0]}`);
  }

  async end(): Promise<void> {
    for (const { told } of this.#all) told.end();
    await Promise.all(this.#all.map(({ ended }) => ended));
  }

  async #send(changes: readonly ObservedChange[]) {
    if (this.isAway) throw new ProtocolError("backend-unavailable", "Nothing listens there.");
    this.sent.push(...changes);
    return { withheld: 0, skipped: 0 };
  }
}

const beds: Bed[] = [];

function newBed(): Bed {
  const bed = new Bed();
  beds.push(bed);
  return bed;
}

afterEach(async () => {
  for (const bed of beds.splice(0)) await bed.end();
});

test("begins with what is not known, then tells what is written; what is no list of keys is a gap", async () => {
  const bed = newBed();
  const told = bed.tell();
  bed.write(1, "one");
  bed.answers.push({ unknown: "cleared" });
  bed.write(2, "two");
  await vi.waitFor(() => {
    told.wake();
    expect(bed.said).toEqual(["gap began", "present one", "gap cleared", "present one", "present two"]);
  }, SOON);
  expect(told.state).toMatchObject({ condition: { is: "telling" }, told: 5, untold: 0, gaps: 1 });
});

test("while nobody can be told it counts what waits, says why, and tells it once somebody can", async () => {
  const bed = newBed();
  const told = bed.tell();
  await vi.waitFor(() => expect(told.state.told).toBe(1), SOON);
  bed.isAway = true;
  bed.write(1, "one");
  await vi.waitFor(() => {
    told.wake();
    expect(told.state).toMatchObject({
      condition: { is: "away", reason: "Nothing listens there." },
      untold: 1,
    });
  }, SOON);
  bed.isAway = false;
  told.wake();
  await vi.waitFor(() => expect(bed.said).toEqual(["gap began", "present one"]), SOON);
  await vi.waitFor(() => expect(told.state).toMatchObject({ condition: { is: "telling" }, untold: 0 }), SOON);
});

test("nothing is sent where nobody agreed to", async () => {
  const bed = newBed();
  bed.agreed = false;
  const told = bed.tell();
  bed.write(1, "one");
  await vi.waitFor(() => {
    told.wake();
    expect(told.state).toMatchObject({ condition: { is: "disagreed" }, untold: 2 });
  }, SOON);
  expect(bed.sent).toEqual([]);
});

test("writes that were not watched for a time are a gap", async () => {
  const bed = newBed();
  const told = bed.tell();
  await vi.waitFor(() => expect(told.state.told).toBe(1), SOON);
  bed.isWatched = false;
  await vi.waitFor(() => {
    told.wake();
    expect(told.state.condition.is).toBe("notWatched");
  }, SOON);
  bed.isWatched = true;
  await vi.waitFor(() => {
    told.wake();
    expect(bed.said).toEqual(["gap began", "gap reloaded"]);
  }, SOON);
  expect(told.state.condition.is).toBe("telling");
});

test("one panel does it; another one goes on where it ends", async () => {
  const bed = newBed();
  const first = bed.tell();
  await vi.waitFor(() => expect(first.state.told).toBe(1), SOON);
  const second = bed.tell();
  await vi.waitFor(() => expect(second.state.condition.is).toBe("elsewhere"), SOON);
  first.end();
  await vi.waitFor(() => expect(second.state).toMatchObject({ condition: { is: "telling" }, told: 1 }), SOON);
});
