import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { create, initOf, replace, scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { TestBridge } from "../../support/bridge/test-bridge.ts";
import { size } from "../../support/models/runs.ts";
import { seededRandom } from "../../support/models/seeded-random.ts";
import { settled } from "./settled.ts";

const KILLS = size(2, 20);
const ROWS = 500;
const COLLECTION = "notes";

/** @param connection Its settings in a config file; it is set up. */
export function killedBridge(connection: object): void {
  test(
    `a bridge's process is killed ${KILLS} times while it writes: nothing is lost, nothing is doubled`,
    async () => {
      const far = { ...connection, level: "unattended" };
      const bridge = await TestBridge.start({ connections: { far } });
      try {
        await killWhileWriting(bridge, Math.floor(Math.random() * 2 ** 31));
      } finally {
        await bridge.dispose();
      }
    },
    300_000 * KILLS,
  );
}

async function killWhileWriting(bridge: TestBridge, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const { client } = await bridge.pair();
  const first = client.remoteStore("far", COLLECTION);
  await first.init(initOf(COLLECTION));
  const creates = Array.from({ length: ROWS }, (_, i) => create(i, 0));
  const started = performance.now();
  let tokens = (await first.write(creates, { applyId: randomUUID() })).map(tokenOf);
  const usualMs = performance.now() - started;
  for (let kill = 1; kill <= KILLS; kill++) {
    const applyId = randomUUID();
    const operations = tokens.map((token, i) => replace(i, token, kill));
    const writing = client.remoteStore("far", COLLECTION).write(operations, { applyId });
    await wait(random() * usualMs);
    await bridge.kill();
    const expected = operations.map(({ opId }) => `${kill + 1}.${opId}`);
    for (const [i, outcome] of (await writing).entries()) {
      if (outcome.status === "applied") expect(tokenOf(outcome), `seed ${seed}`).toBe(expected[i]);
    }
    await bridge.run();
    await client.reconnect();
    const store = client.remoteStore("far", COLLECTION);
    const statuses = await settled(store, operations, applyId);
    expect([...new Set(statuses.values())], `seed ${seed}`).toEqual(["applied"]);
    tokens = (await scanAll(store)).map(({ token }) => token);
    expect(tokens, `seed ${seed}`).toEqual(expected);
  }
}
