/** A look with what the remote keeps of its last scan: it says of when it is, and nothing of it is taken for more. */
import { describe, expect, test } from "vitest";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { toHex } from "../../../core/key/hex.ts";
import { compare } from "../../../core/session/compare.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import type { RemoteScanOptions } from "../../../core/session/ports.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { hexOf } from "../../support/models/bodies.ts";
import { Environment } from "../../support/models/environment.ts";
import { ModelRemoteStore } from "../../support/models/model-remote-store.ts";
import { World } from "../../support/models/world.ts";

const KEPT_AT = 42;

/** Keeps what its first scan gave. */
class KeepingRemote extends ModelRemoteStore {
  #kept: EntryBatch[] | undefined;
  scans = 0;

  constructor(world: World) {
    super(world.remote, new Environment(), { changes: false, keepsScans: true });
  }

  async keptAt(): Promise<number | undefined> {
    return this.#kept && KEPT_AT;
  }

  override async *scan(options: RemoteScanOptions): AsyncGenerator<EntryBatch> {
    if (options.keptAt !== undefined) {
      expect(options.keptAt).toBe(KEPT_AT);
      yield* this.#kept ?? [];
      return;
    }
    this.scans++;
    const batches: EntryBatch[] = [];
    for await (const batch of super.scan(options)) {
      batches.push(batch);
      yield batch;
    }
    this.#kept ??= batches;
  }
}

interface Looking {
  readonly world: World;
  readonly remote: KeepingRemote;
  readonly ports: SessionPorts;
}

/** Ten records that are equal, and in the base by a whole compare, whose scan is kept. */
async function settled(): Promise<Looking> {
  const world = new World();
  for (let i = 0; i < 10; i++) world.putBoth(i, `body ${i}`);
  const remote = new KeepingRemote(world);
  const ports = { ...world.ports(), remote };
  expect(await compare(ports, { keptWillDo: true })).not.toHaveProperty("remoteAsOf");
  return { world, remote, ports };
}

const entriesOf = ({ base }: World) =>
  structuredClone([...base.rows.keys()].map((key) => [key, base.rows.get(key)]));

describe("a look with a kept scan", () => {
  test("says of when it is, does not see what others wrote since, and a fresh one does", async () => {
    const { world, remote, ports } = await settled();
    world.remote.put(hexOf(3), "by another client");
    const look = await compare(ports, { keptWillDo: true });
    expect(look).toMatchObject({ complete: true, remoteAsOf: KEPT_AT, counts: { equal: 10 } });
    expect(remote.scans).toBe(1);
    const fresh = await compare(ports);
    expect(fresh).not.toHaveProperty("remoteAsOf");
    expect(fresh.counts).toMatchObject({ equal: 9, changedThere: 1 });
  });

  test("looks up again on both sides whatever differs", async () => {
    const { world, ports } = await settled();
    world.local.put(hexOf(3), "mine");
    const token = world.remote.put(hexOf(3), "theirs");
    const { counts, drifts } = await compare(ports, { keptWillDo: true });
    expect(counts).toMatchObject({ equal: 9, conflict: 1 });
    expect([...drifts][0]?.remote.token).toBe(token);
  });

  test("makes nothing base that it took from there, and does not make the base anew", async () => {
    const { world, ports } = await settled();
    // The same once more by another client, whose version the base learns: the kept scan has the one before.
    const token = world.remote.put(hexOf(3), "body 3");
    await compare(ports, { clock: () => 77 });
    const before = entriesOf(world);
    expect(before).toContainEqual([hexOf(3), expect.objectContaining({ token })]);
    world.local.delete(hexOf(4));
    const look = await compare(ports, { keptWillDo: true, clock: () => 99 });
    expect(look.counts).toMatchObject({ equal: 9, removedHere: 1 });
    expect(entriesOf(world)).toEqual(before);
    expect(world.base.completeAt).toBe(77);
  });

  test("is not for the first compare, which makes the base, nor for a range", async () => {
    const { world, remote } = await settled();
    const another = { ...new World().ports(), local: world.ports().local, remote };
    expect(await compare(another, { keptWillDo: true })).not.toHaveProperty("remoteAsOf");
    const ports = { ...world.ports(), remote };
    const range = { lower: Buffer.from(hexOf(2), "hex") };
    expect(await compare(ports, { keptWillDo: true, range })).not.toHaveProperty("remoteAsOf");
  });

  test("that was stopped is nothing to go on from, nor to compare changed keys after", async () => {
    const { world, ports } = await settled();
    const look = await compare(ports, { keptWillDo: true });
    const stopped = { ...look, complete: false, comparedUpTo: Buffer.from(hexOf(5), "hex") };
    world.remote.put(hexOf(1), "by another client");
    const goneOn = await compare(ports, { resumeFrom: stopped });
    expect(goneOn).not.toHaveProperty("earlierPart");
    expect(goneOn.drifts.map(({ key }) => toHex(key))).toEqual([hexOf(1)]);
    const local = { unknown: "first" } as const;
    expect(await compareAgain(ports, { earlier: look, local })).toMatchObject({
      extent: "full",
      counts: { changedThere: 1 },
    });
  });
});
