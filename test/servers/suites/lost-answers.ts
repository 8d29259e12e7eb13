import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { size } from "../../support/models/runs.ts";
import { seededRandom } from "../../support/models/seeded-random.ts";
import type { JavaServer } from "../java-server.ts";
import { settled } from "./settled.ts";

/** A server of their own, which these tests freeze and kill, and a bed on it whose requests time out soon. */
export interface Victim {
  readonly server: Pick<JavaServer, "freeze" | "thaw" | "kill" | "start">;
  readonly bed: Bed;
}

/** What every backend does when its server is frozen or dies. */
export function lostAnswers(victim: () => Victim): void {
  test("what a frozen server was sent is unknown, can apply later, and is settled as applied once", async () => {
    const { server, bed } = victim();
    const { store } = await freshStore(bed);
    const token = tokenOf(await writeOne(store, create("a", 0)));
    const applyId = randomUUID();
    const [replaced, made] = [replace("a", token, 1), create("b", 1)];
    await server.freeze();
    for (const operation of [replaced, made]) {
      const outcome = await writeOne(store, operation, applyId);
      expect(["rejected", "unknown"]).toContain(outcome.status);
    }
    server.thaw();
    for (const operation of [replaced, made]) {
      expect([...(await settled(store, [operation], applyId)).values()]).toEqual(["applied"]);
    }
    expect(decodeValue((await readOne(store, "a")).body ?? "")).toBe(1);
    // Each key was written by one operation: the numbers say so.
    expect((await readOne(store, "a")).token).toBe(`2.${replaced.opId}`);
    expect((await readOne(store, "b")).token).toBe(`1.${made.opId}`);
  }, 600_000);

  test(
    "a server that is killed in the middle of 20,000 writes: nothing is lost, nothing is doubled",
    async () => {
      for (let kill = 0; kill < KILLS; kill++) await killedWriting(victim(), freshSeed());
    },
    600_000 * KILLS,
  );

  if (KILLS > 1) {
    test(
      "a server that is killed in the middle of a scan: what was not read is not taken for gone",
      async () => {
        const { store } = await freshStore(victim().bed);
        for (const frame of framesOfCreates()) await store.write(frame, { applyId: randomUUID() });
        for (let kill = 0; kill < KILLS; kill++) await killedScanning(victim(), store, freshSeed());
      },
      600_000 * KILLS,
    );
  }
}

/** Of the server, for each of the operations, at points that seeds choose. */
const KILLS = size(1, 5);
const [FRAMES, FRAME_ROWS] = [20, 1000];
const ROWS = FRAMES * FRAME_ROWS;

const freshSeed = (): number => Math.floor(Math.random() * 2 ** 31);

const framesOfCreates = (): RemoteWrite[][] =>
  Array.from({ length: FRAMES }, (_, frame) =>
    Array.from({ length: FRAME_ROWS }, (_, i) => create(frame * FRAME_ROWS + i, { frame, i })),
  );

/** At some point of one of the frames; the next one is sent while it is down, the others when it is up again. */
async function killedWriting({ server, bed }: Victim, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const { store } = await freshStore(bed);
  const applyId = randomUUID();
  const frames = framesOfCreates();
  const last = 2 + Math.floor(6 * random());
  const acknowledged = new Map<string, string>();
  const open: RemoteWrite[] = frames.slice(last + 2).flat();
  let usualMs = 0;
  for (const [at, frame] of frames.slice(0, last + 2).entries()) {
    const started = performance.now();
    const writing = store.write(frame, { applyId });
    if (at === last) {
      await wait(usualMs * random());
      await server.kill();
    }
    for (const [i, outcome] of (await writing).entries()) {
      if (outcome.status === "applied") acknowledged.set(outcome.opId, tokenOf(outcome));
      else open.push(frame[i] as RemoteWrite);
    }
    usualMs = performance.now() - started;
  }
  expect(acknowledged.size).toBeGreaterThan(0);
  await server.start();
  const statuses = await settled(store, open, applyId);
  expect([...new Set(statuses.values())], `seed ${seed}`).toEqual(["applied"]);
  const tokens = (await scanAll(store)).map(({ token }) => token);
  expect(tokens, `seed ${seed}`).toHaveLength(ROWS);
  expect(new Set(tokens)).toEqual(new Set(frames.flat().map(({ opId }) => `1.${opId}`)));
  const there = new Set(tokens);
  expect([...acknowledged.values()].filter((token) => !there.has(token))).toEqual([]);
}

async function killedScanning({ server }: Victim, store: RemoteStore, seed: number): Promise<void> {
  const at = Math.floor(ROWS * seededRandom(seed)());
  let seen = 0;
  const scan = async (): Promise<void> => {
    for await (const { count } of store.scan({ batchSize: 200 })) {
      if (seen <= at && at < seen + count) await server.kill();
      seen += count;
    }
  };
  // What was read ahead may have been all of it.
  const failure = await scan().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) expect(seen, `seed ${seed}`).toBe(ROWS);
  else expect(failure, `seed ${seed}`).toMatchObject({ code: expect.stringMatching(/^backend-|incomplete/) });
  await server.start();
  await vi.waitFor(async () => expect(await scanAll(store)).toHaveLength(ROWS), {
    timeout: 300_000,
    interval: 500,
  });
}
