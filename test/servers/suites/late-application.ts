import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import type { DelayingProxy } from "../../support/delaying-proxy.ts";
import { settled } from "./settled.ts";

export interface Delayed {
  readonly proxy: DelayingProxy;
  /** Whose requests go through the proxy, and time out soon. */
  readonly slow: Bed;
  /** Another bridge on the same tables, without the proxy. */
  readonly direct: Bed;
  /** What a write's request says, where that is not its operation. */
  readonly says?: string;
}

/** A write that is on its way when its bridge stops waiting for it, and arrives when others have gone on. */
export function lateApplication(start: () => Promise<Delayed>): void {
  let delayed: Delayed;
  beforeAll(async () => {
    delayed = await start();
  });
  afterAll(async () => {
    await delayed?.slow.dispose();
    await delayed?.direct.dispose();
    await delayed?.proxy.dispose();
  });

  describe("a write that arrives after its bridge has stopped waiting", () => {
    const value = async (store: RemoteStore): Promise<unknown> =>
      decodeValue((await readOne(store, "a")).body ?? "");

    /** A record of the value 0, and a change of it to 1 that the proxy holds. */
    async function underWay(): Promise<{ direct: RemoteStore; late: RemoteWrite; applyId: string }> {
      const { proxy, slow, direct: other, says } = delayed;
      const { store: direct, collection } = await freshStore(other);
      const applyId = randomUUID();
      const late = replace("a", tokenOf(await writeOne(direct, create("a", 0))), 1);
      const mine = await slow.store(collection);
      await readOne(mine, "a");
      // As it is, or as a gateway for JSON has it.
      const inBase64 = Buffer.from(`2.${late.opId}`).toString("base64").slice(0, 40);
      proxy.holdWhatSends(...(says === undefined ? [late.opId, inBase64] : [says]));
      expect(await writeOne(mine, late, applyId)).toMatchObject({ status: "unknown" });
      expect(proxy.holds).toBeGreaterThan(0);
      // What a look says now is no outcome.
      expect(await value(direct)).toBe(0);
      return { direct, late, applyId };
    }

    test("applies, and is found to have applied once", async () => {
      const { direct, late, applyId } = await underWay();
      await delayed.proxy.release();
      await expect.poll(() => value(direct)).toBe(1);
      expect([...(await settled(direct, [late], applyId)).values()]).toEqual(["applied"]);
      expect((await readOne(direct, "a")).token).toBe(`2.${late.opId}`);
    }, 600_000);

    test("comes to nothing where it was sent again, and what was written since stays", async () => {
      const { direct, late, applyId } = await underWay();
      expect([...(await settled(direct, [late], applyId)).values()]).toEqual(["applied"]);
      const next = replace("a", `2.${late.opId}`, 2);
      tokenOf(await writeOne(direct, next));
      await delayed.proxy.release();
      expect(await value(direct)).toBe(2);
      expect((await readOne(direct, "a")).token).toBe(`3.${next.opId}`);
      expect(await direct.settle([late], { applyId })).toMatchObject([{ status: "applied" }]);
    }, 600_000);

    test("comes to nothing where it was given up", async () => {
      const { direct, late, applyId } = await underWay();
      const given = await direct.fence([late], { applyId });
      expect(given).toMatchObject([{ status: "rejected", code: "fenced" }]);
      await delayed.proxy.release();
      expect(await value(direct)).toBe(0);
      expect(await direct.fence([late], { applyId })).toEqual(given);
      expect(await direct.settle([late], { applyId })).toMatchObject([{ status: "conflict" }]);
    }, 600_000);
  });
}
