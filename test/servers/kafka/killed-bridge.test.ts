/** Processes of bridges that are killed while they write, in the middle of whatever they do. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, inject, test } from "vitest";
import { ChildBackend } from "../../../bridge/backends/child/child-backend.ts";
import { SupervisedChild } from "../../../bridge/backends/child/child-process.ts";
import { kafkaCapabilities } from "../../../bridge/backends/kafka/kafka-backend.ts";
import type { ChildOptions } from "../../../bridge/backends/kafka/kafka-settings.ts";
import type { RemoteWrite } from "../../../core/session/ports.ts";
import { create, freshStore, initOf, scanAll, tokenOf } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { builtBridge } from "../../support/bridge/built-bridge.ts";
import { childrenOf } from "../../support/bridge/child-processes.ts";
import { size } from "../../support/models/runs.ts";
import { seededRandom } from "../../support/models/seeded-random.ts";
import { settled } from "../suites/settled.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";

const KILLS = size(10, 50);
const LONGEST_MS = 250;

test(`a bridge's process is killed ${KILLS} times while it writes: nothing is lost, doubled, or seen in part`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const dataFolder = mkdtempSync(join(tmpdir(), "driftscope-kafka-killed-"));
  const prefix = freshPrefix();
  const options: ChildOptions = {
    settings: { brokers: [inject("kafka")], prefix, requestTimeoutMs: 20_000 },
    configFolder: dataFolder,
    dataFolder,
  };
  const others = new Set(childrenOf(process.pid));
  const module = join(builtBridge(), "bridge/backends/kafka/kafka-child.js");
  const child = new SupervisedChild(module, JSON.stringify(options), "a connection to Kafka");
  const victim = directBed(new ChildBackend(child, kafkaCapabilities, { checks: true }));
  const witness = kafkaBed({ prefix });
  try {
    const { store, collection } = await freshStore(victim);
    const seen = await witness.store(collection);
    const written: RemoteWrite[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const applyId = randomUUID();
      const writes = Array.from({ length: 300 }, (_, i) => create(`${kill} ${i}`, { kill, i }));
      await store.init(initOf(collection));
      const writing = store.write(writes, { applyId });
      await wait(random() * LONGEST_MS);
      for (const pid of childrenOf(process.pid)) if (!others.has(pid)) process.kill(pid, "SIGKILL");
      const outcomes = await writing;
      // A transaction is one thing: all of a round, or nothing.
      const found = (await scanAll(seen)).length - written.length;
      expect([0, writes.length], `seed ${seed}`).toContain(found);
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome.status === "applied") expect(tokenOf(outcome)).toBe(`1.${writes[i]?.opId}`);
      }
      const statuses = await settled(store, writes, applyId);
      expect([...new Set(statuses.values())], `seed ${seed}`).toEqual(["applied"]);
      written.push(...writes);
    }
    const tokens = (await scanAll(seen)).map(({ token }) => token);
    expect(tokens).toHaveLength(written.length);
    expect(new Set(tokens)).toEqual(new Set(written.map(({ opId }) => `1.${opId}`)));
    expect(await scanAll(store)).toEqual(await scanAll(seen));
  } finally {
    await victim.dispose();
    await witness.dispose();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}, 300_000);
