/** What a consumer knows of a page's records, whatever the page does and whoever is away meanwhile. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import type { ObservedChange } from "../../../core/protocol/observed-columns.ts";
import { type GapReason, UntoldChanges } from "../../../extension/panel/worker/tell/untold-changes.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { World } from "../../support/models/world.ts";

const KEYS = 12;

type Step =
  | { readonly do: "put"; readonly key: number; readonly body: number }
  | { readonly do: "delete"; readonly key: number }
  /** The panel learns what the page wrote since it looked last, or that this is not known key by key. */
  | { readonly do: "look" }
  | { readonly do: "gap"; readonly reason: GapReason }
  /** One batch; its answer may be lost, or it may never arrive. */
  | { readonly do: "tell"; readonly how: "answered" | "answer lost" | "not sent" };

const key = fc.nat({ max: KEYS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("put" as const), key, body: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("gap" as const),
      reason: fc.constantFrom<GapReason>("cleared", "tooMany", "reloaded"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("tell" as const),
      how: fc.constantFrom("answered" as const, "answer lost" as const, "not sent" as const),
    }),
  },
);

class Bed {
  readonly world = new World();
  readonly untold = new UntoldChanges();
  /** Keys that the page wrote since the last look, in hexadecimal. */
  readonly #written = new Map<string, Uint8Array>();
  /** As a consumer has them, which knows the base: absent = nothing is told. */
  readonly #consumed = new Map<string, string | undefined>();
  readonly #ids = new Map<string, string>();
  readonly #ports = this.world.ports();

  /** @param equal Records that both sides had when they were compared last. */
  async open(equal: readonly number[]): Promise<void> {
    for (const each of equal) this.world.putBoth(each, "0");
    for (const each of equal) this.#consumed.set(hexOf(each), "0");
    const { local, base } = this.#ports;
    for await (const batch of local.scan({})) await base.writeBatch(batch);
    await base.setCompleteAt(1);
  }

  async do(step: Step): Promise<void> {
    const { local } = this.world;
    switch (step.do) {
      case "put":
        local.put(hexOf(step.key), String(step.body));
        this.#written.set(hexOf(step.key), keyOf(step.key));
        return;
      case "delete":
        local.delete(hexOf(step.key));
        this.#written.set(hexOf(step.key), keyOf(step.key));
        return;
      case "look":
        this.untold.add([...this.#written.values()]);
        this.#written.clear();
        return;
      case "gap":
        this.untold.addGap(step.reason);
        this.#written.clear();
        return;
      case "tell":
        await this.#tell(step.how).catch(() => undefined);
    }
  }

  async drain(): Promise<void> {
    await this.do({ do: "look" });
    while (!this.untold.isDone) await this.#tell("answered");
  }

  /** Of the records that there are, and were, as text by key. */
  get consumed(): Record<string, string> {
    const there = [...this.#consumed].flatMap(([each, body]) => (body === undefined ? [] : [[each, body]]));
    return Object.fromEntries(there);
  }

  async #tell(how: "answered" | "answer lost" | "not sent"): Promise<void> {
    const send = async (changes: readonly ObservedChange[]) => {
      if (how === "not sent") throw new Error("nobody is there");
      for (const each of changes) this.#consume(each);
      if (how === "answer lost") throw new Error("no answer");
      return { withheld: 0, skipped: 0 };
    };
    const { newOpId } = this.world;
    const signal = new AbortController().signal;
    await this.untold.tellNext({ ...this.#ports, send, newOpId, clock: () => 0 }, signal);
  }

  #consume({ opId, key, state, text }: ObservedChange): void {
    const body = new TextDecoder().decode(text);
    const content = JSON.stringify([toHex(key), state, body]);
    // An id is of one event, however often it is told.
    expect(this.#ids.get(opId) ?? content).toBe(content);
    this.#ids.set(opId, content);
    if (state === "present") this.#consumed.set(toHex(key), body);
    if (state === "deleted") this.#consumed.set(toHex(key), undefined);
  }
}

test("who knows the base and reads the events in their order has what the page has, once nothing is left to tell", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key), fc.array(step, { maxLength: 40 }), async (equal, steps) => {
      const bed = new Bed();
      await bed.open(equal);
      for (const each of steps) await bed.do(each);
      await bed.drain();
      expect(bed.consumed).toEqual(bed.world.bodies("local"));
      expect(bed.untold.count).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test("a record that cannot be told is told to be so, and counted; one that is gone is told to be gone", async () => {
  const world = new World();
  world.local.put(hexOf(1), "1", { blocked: "It holds a CryptoKey." });
  const untold = new UntoldChanges();
  untold.add([keyOf(1), keyOf(2)]);
  const sent: ObservedChange[] = [];
  const told = await untold.tellNext(
    {
      ...world.ports(),
      send: async (changes) => {
        sent.push(...changes);
        return { withheld: 0, skipped: 0 };
      },
      newOpId: world.newOpId,
      clock: () => 0,
    },
    new AbortController().signal,
  );
  expect(told).toEqual({ told: 2, withheld: 1, skipped: 0 });
  expect(sent.map(({ state, text }) => [state, new TextDecoder().decode(text)])).toEqual([
    ["withheld", "It holds a CryptoKey."],
    ["deleted", ""],
  ]);
});

test("more than are held are no list of keys any more: that is told, and what differs is looked for", async () => {
  const bed = new Bed();
  await bed.open([1, 2]);
  await bed.do({ do: "put", key: 1, body: 1 });
  await bed.do({ do: "look" });
  const many = Array.from({ length: 20_001 }, (_, i) => keyOf(i + KEYS));
  expect(bed.untold.add(many)).toBe(true);
  expect(bed.untold.count).toBe(1);
  await bed.drain();
  expect(bed.consumed).toEqual(bed.world.bodies("local"));
});
