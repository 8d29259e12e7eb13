import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { type Bed, create, freshStore, readAll, readOne, replace, writeOne } from "./bed.ts";
import type { SuiteCapabilities } from "./conformance-suite.ts";

/** Concurrent writers: no update is lost and none counts twice. */
export function contendingPage(bed: () => Bed, { isSlow = false }: SuiteCapabilities): void {
  // Of 16 that try, one gets on: most of the work is in vain. Each server has a test of its own that counts much further.
  const [writers, increments] = isSlow ? [6, 1] : [16, 4];
  const sum = writers * increments;
  describe("contending", () => {
    test(`${writers} writers increment one record, ${sum} times in all: the sum is exact`, async () => {
      const { store, collection } = await freshStore(bed());
      await writeOne(store, create("counter", 0));
      const increment = async (): Promise<void> => {
        const mine = await bed().store(collection);
        const applyId = randomUUID();
        for (let done = 0; done < increments; ) {
          const { body, token } = await readOne(mine, "counter");
          const next = (decodeValue(body ?? "") as number) + 1;
          const outcome = await writeOne(mine, replace("counter", token ?? "", next), applyId);
          if (outcome.status === "applied") done++;
          else expect(outcome.status).toBe("conflict");
        }
      };
      await Promise.all(Array.from({ length: writers }, increment));
      expect(decodeValue((await readOne(store, "counter")).body ?? "")).toBe(sum);
    }, 600_000);

    test("of writers that create the same keys, exactly one wins each", async () => {
      const { store, collection } = await freshStore(bed());
      const write = async (writer: number) => {
        const mine = await bed().store(collection);
        return mine.write(
          Array.from({ length: 300 }, (_, i) => create(i, { writer })),
          { applyId: randomUUID() },
        );
      };
      const all = await Promise.all(Array.from({ length: 4 }, (_, writer) => write(writer)));
      const keys = Array.from({ length: 300 }, (_, i) => i);
      const records = await readAll(store, keys);
      for (const i of keys) {
        const winners = all
          .map((outcomes, writer) => ({ writer, outcome: outcomes[i] }))
          .filter(({ outcome }) => outcome?.status === "applied");
        expect(winners).toHaveLength(1);
        expect(decodeValue(records[i]?.body ?? "")).toEqual({ writer: winners[0]?.writer });
      }
    });
  });
}
