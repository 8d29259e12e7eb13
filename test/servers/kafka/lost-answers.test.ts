import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { KafkaServer } from "./kafka-server.ts";

/** A broker of their own, which these tests freeze and kill. */
let broker: KafkaServer;
let bed: Bed;
beforeAll(async () => {
  broker = await KafkaServer.start();
  bed = kafkaBed({ broker: broker.broker, requestTimeoutMs: 5000 });
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await broker?.dispose();
});

test("a broker that was put back to an earlier state is read anew, also where others have written to it since", async () => {
  const prefix = freshPrefix();
  const others = kafkaBed({ prefix, broker: broker.broker });
  const mine = kafkaBed({ prefix, broker: broker.broker });
  const backup = mkdtempSync(join(tmpdir(), "driftscope-kafka-backup-"));
  try {
    const { store, collection } = await freshStore(mine);
    tokenOf(await writeOne(store, create("kept", 0)));
    await broker.server.kill();
    cpSync(broker.dataFolder, backup, { recursive: true });
    await broker.server.start();
    tokenOf(await writeOne(store, create("lost", 1)));
    const changes = await store.changes("now").next();
    const checkpoint = String(changes.value);

    await broker.server.kill();
    rmSync(broker.dataFolder, { recursive: true });
    cpSync(backup, broker.dataFolder, { recursive: true });
    await broker.server.start();
    const theirs = await others.store(collection);
    for (let i = 0; i < 5; i++) tokenOf(await writeOne(theirs, create(i, i)));
    expect(await scanAll(store)).toEqual(await scanAll(theirs));
    expect((await readOne(store, "lost")).state).toBe("absent");
    await expect(store.changes(checkpoint).next()).rejects.toMatchObject({ code: "stale-checkpoint" });
  } finally {
    await others.dispose();
    await mine.dispose();
    rmSync(backup, { recursive: true, force: true });
  }
}, 600_000);

lostAnswers(() => ({ server: broker.server, bed }));
