/** A commit that is on its way when its bridge stops waiting for it, and arrives when others have gone on. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore, RemoteWrite, WriteOutcome } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { settled } from "../suites/settled.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { KafkaServer } from "./kafka-server.ts";

/** Of the protocol: how requests of these kinds begin (key and version). */
const END_TRANSACTION = "\0\u001a\0\u0003";
const TAKE_OVER = "\0\u0016\0\u0004";

let broker: KafkaServer;
let proxy: DelayingProxy | undefined;
let slow: Bed;
let direct: Bed;
beforeAll(async () => {
  broker = await KafkaServer.start({
    advertised: async (port) => {
      proxy = await DelayingProxy.before(port);
      return proxy.port;
    },
  });
  const prefix = freshPrefix();
  slow = kafkaBed({ prefix, broker: broker.broker, requestTimeoutMs: 6000 });
  direct = kafkaBed({ prefix, broker: broker.broker });
}, 600_000);
afterAll(async () => {
  await slow?.dispose();
  await direct?.dispose();
  await proxy?.dispose();
  await broker?.dispose();
});

// What one test holds is not in the way of the next.
afterEach(() => proxy?.release());

const value = async (store: RemoteStore): Promise<unknown> =>
  decodeValue((await readOne(store, "a")).body ?? "");

interface Held {
  readonly store: RemoteStore;
  readonly late: RemoteWrite;
  readonly applyId: string;
  readonly outcome: WriteOutcome;
}

/** A record of the value 0, and a change of it to 1 of which the proxy holds some requests. */
async function hold(...marks: string[]): Promise<Held> {
  const { store, collection } = await freshStore(direct);
  const applyId = randomUUID();
  const late = replace("a", tokenOf(await writeOne(store, create("a", 0))), 1);
  const mine = await slow.store(collection);
  // So that nothing has to be taken over before the commit.
  tokenOf(await writeOne(mine, create("b", 0)));
  proxy?.holdWhatSends(...marks);
  const outcome = await writeOne(mine, late, applyId);
  expect(proxy?.holds).toBeGreaterThan(0);
  // Somebody who reads waits for nothing, and sees nothing of what is not committed.
  expect(await value(store)).toBe(0);
  return { store, late, applyId, outcome };
}

describe("a commit that arrives after its bridge has stopped waiting", () => {
  test("was taken back by the bridge itself, which says that nothing was written", async () => {
    const { store, late, applyId, outcome } = await hold(END_TRANSACTION);
    expect(outcome).toMatchObject({ status: "rejected", reason: expect.stringContaining("nothing of it") });
    await proxy?.release();
    expect(await value(store)).toBe(0);
    expect([...(await settled(store, [late], applyId)).values()]).toEqual(["applied"]);
    expect((await readOne(store, "a")).token).toBe(`2.${late.opId}`);
  }, 600_000);

  test("is unknown where it could not be taken back, and has applied once when it is settled", async () => {
    const { store, late, applyId, outcome } = await hold(END_TRANSACTION, TAKE_OVER);
    expect(outcome).toMatchObject({ status: "unknown" });
    // The take-over is late, too: whichever of the two comes first.
    await proxy?.release();
    expect([...(await settled(store, [late], applyId)).values()]).toEqual(["applied"]);
    expect((await readOne(store, "a")).token).toBe(`2.${late.opId}`);
  }, 600_000);

  test("comes to nothing where somebody else has written meanwhile, and that stays", async () => {
    const { store, late, applyId, outcome } = await hold(END_TRANSACTION, TAKE_OVER);
    expect(outcome).toMatchObject({ status: "unknown" });
    proxy?.holdWhatSends();
    const next = replace("a", late.expect ?? "", 2);
    tokenOf(await writeOne(store, next));
    await proxy?.release();
    expect(await value(store)).toBe(2);
    expect((await readOne(store, "a")).token).toBe(`2.${next.opId}`);
    expect(await store.settle([late], { applyId })).toMatchObject([{ status: "conflict" }]);
  }, 600_000);

  test("comes to nothing where it was given up", async () => {
    const { store, late, applyId } = await hold(END_TRANSACTION, TAKE_OVER);
    proxy?.holdWhatSends();
    const given = await store.fence([late], { applyId });
    expect(given).toMatchObject([{ status: "rejected", code: "fenced" }]);
    await proxy?.release();
    expect(await value(store)).toBe(0);
    expect(await store.settle([late], { applyId })).toMatchObject([{ status: "conflict" }]);
  }, 600_000);
});
