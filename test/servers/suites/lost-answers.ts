import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import type { RemoteWrite } from "../../../core/session/ports.ts";
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
    server.freeze();
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

  test("a server that is killed in the middle of 20,000 writes: nothing is lost, nothing is doubled", async () => {
    const { server, bed } = victim();
    const { store } = await freshStore(bed);
    const applyId = randomUUID();
    const frames = Array.from({ length: 20 }, (_, frame) =>
      Array.from({ length: 1000 }, (_, i) => create(frame * 1000 + i, { frame, i })),
    );
    const acknowledged = new Map<string, string>();
    const open: RemoteWrite[] = [];
    let killed: Promise<void> | undefined;
    for (const [at, frame] of frames.entries()) {
      if (at > 8) {
        // It is down: what would be sent now is sent when it is up again.
        open.push(...frame);
        continue;
      }
      const writing = store.write(frame, { applyId });
      if (at === 7) killed = server.kill();
      for (const [i, outcome] of (await writing).entries()) {
        if (outcome.status === "applied") acknowledged.set(outcome.opId, tokenOf(outcome));
        else open.push(frame[i] as RemoteWrite);
      }
    }
    await killed;
    expect(acknowledged.size).toBeGreaterThan(0);
    await server.start();
    const statuses = await settled(store, open, applyId);
    expect([...new Set(statuses.values())]).toEqual(["applied"]);
    const tokens = (await scanAll(store)).map(({ token }) => token);
    expect(tokens).toHaveLength(20_000);
    expect(new Set(tokens)).toEqual(new Set(frames.flat().map(({ opId }) => `1.${opId}`)));
    const there = new Set(tokens);
    expect([...acknowledged.values()].filter((token) => !there.has(token))).toEqual([]);
  }, 600_000);
}
