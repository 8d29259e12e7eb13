import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { type Bed, create, freshStore, readOne, replace, writeOne } from "../../conformance/suite/bed.ts";
import { size } from "../../support/models/runs.ts";
import { settled } from "./settled.ts";

/**
 * @param bedOf Two on the same tables, each as a bridge of its own.
 * @param writers Of both together.
 */
export function contended(
  bedOf: () => readonly [Bed, Bed],
  writers = 16,
  increments = size(1_000, 10_000),
): void {
  test(`${writers} writers of two bridges count to ${increments}: no increment is lost or counts twice`, async () => {
    const beds = bedOf();
    const { store, collection } = await freshStore(beds[0]);
    await writeOne(store, create("counter", 0));
    let left = increments;
    const count = async (writer: number): Promise<void> => {
      const mine = await (beds[writer % 2] as Bed).store(collection);
      const applyId = randomUUID();
      while (left > 0) {
        left--;
        while (!(await increment(mine, applyId))) {
          // Somebody else was faster.
        }
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => count(writer)));
    const { body, token } = await readOne(store, "counter");
    expect(decodeValue(body ?? "")).toBe(increments);
    expect(token).toMatch(new RegExp(`^${increments + 1}\\.`));
  }, 1_200_000);
}

/** Whether it has applied, once it is certain. */
async function increment(store: RemoteStore, applyId: string): Promise<boolean> {
  const { body, token } = await readOne(store, "counter");
  const operation = replace("counter", token ?? "", (decodeValue(body ?? "") as number) + 1);
  const { status } = await writeOne(store, operation, applyId);
  if (status !== "unknown") return status === "applied";
  return (await settled(store, [operation], applyId)).get(operation.opId) === "applied";
}
