/** SIGKILL of Sqoop and of the bridge, each in the middle of an operation, at a point that a seed chooses. */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import {
  type Bed,
  create,
  freshStore,
  initOf,
  replace,
  scanAll,
  tokenOf,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { childrenOf } from "../../support/bridge/child-processes.ts";
import { TestBridge } from "../../support/bridge/test-bridge.ts";
import { size } from "../../support/models/runs.ts";
import { seededRandom } from "../../support/models/seeded-random.ts";
import { settled } from "../suites/settled.ts";
import { freshBackend, freshPrefix, sqoopSettings } from "./fresh-tables.ts";
import { OWNER, PASSWORD } from "./postgresql-server.ts";

const COUNT = 300;
/** What a run takes on a quiet machine, about: later points hit what comes after it. */
const RUN_MS = 2500;

/** A run of the tool that a process has started; it may take a while until there is one. */
async function runOf(parent: number, tool: string): Promise<number> {
  for (;;) {
    const found = childrenOf(parent).find((pid) => argumentsOf(pid).includes(`${tool} --options-file`));
    if (found !== undefined) return found;
    await wait(5);
  }
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** Each record was written once, by its own operation. */
async function expectEachOnce(
  store: RemoteStore,
  operations: readonly RemoteWrite[],
  n: number,
): Promise<void> {
  const tokens = (await scanAll(store)).map(({ token }) => token);
  expect(tokens.sort()).toEqual(operations.map(({ opId }) => `${n}.${opId}`).sort());
}

describe("Sqoop that is killed", () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = directBed(await freshBackend());
  }, 600_000);
  afterAll(() => bed?.dispose());

  const seeds = Array.from({ length: size(1, 10) }, (_, i) => i + 1);
  test.each(seeds.flatMap((seed) => [["export", seed] as const, ["import", seed] as const]))(
    "in the middle of a write's %s loses nothing, doubles nothing and shows nothing half (seed %i)",
    async (tool, seed) => {
      const next = seededRandom(seed);
      const { store } = await freshStore(bed);
      const applyId = randomUUID();
      const made = await store.write(
        Array.from({ length: COUNT }, (_, i) => create(i, "old")),
        { applyId: randomUUID() },
      );
      const operations = made.map((outcome, i) => replace(i, tokenOf(outcome), { new: i }));
      const writing = store.write(operations, { applyId });
      // What is there is read first: the import of the outcomes comes after the export.
      const exporting = await runOf(process.pid, "export");
      const victim = tool === "export" ? exporting : await runOf(process.pid, "import");
      await wait(next() * RUN_MS);
      if (argumentsOf(victim).includes(tool)) process.kill(victim, "SIGKILL");
      const outcomes = await writing;
      const states = new Set((await scanAll(store)).map(({ token }) => token.split(".")[0]));
      // All of the batch, or nothing of it.
      expect(states.size).toBe(1);
      const open = operations.filter((_, i) => outcomes[i]?.status !== "applied");
      if (outcomes.some(({ status }) => status === "applied")) expect(states).toEqual(new Set(["2"]));
      const statuses = await settled(store, open, applyId);
      expect(new Set(statuses.values()).size).toBeLessThanOrEqual(1);
      expect([...statuses.values()].every((status) => status === "applied")).toBe(true);
      await expectEachOnce(store, operations, 2);
    },
    300_000,
  );

  test("in the middle of a scan is an error, and never a part of the records", async () => {
    const { store } = await freshStore(bed);
    await store.write(
      Array.from({ length: COUNT }, (_, i) => create(i, i)),
      { applyId: randomUUID() },
    );
    const scan = scanAll(store);
    const failed = expect(scan).rejects.toMatchObject({
      code: "backend-failed",
      message: expect.stringContaining("ended by SIGKILL"),
    });
    process.kill(await runOf(process.pid, "import"), "SIGKILL");
    await failed;
    expect(await scanAll(store)).toHaveLength(COUNT);
  }, 600_000);
});

describe("a bridge that is killed", () => {
  let bridge: TestBridge;
  beforeAll(async () => {
    const prefix = freshPrefix();
    await (await freshBackend({}, undefined, prefix)).close();
    const { connect, command } = sqoopSettings();
    process.env.DRIFTSCOPE_TEST_PASSWORD = PASSWORD;
    const credentials = { username: OWNER, password: { env: "DRIFTSCOPE_TEST_PASSWORD" } };
    const far = { backend: "sqoop", connect, command, credentials, prefix, level: "unattended" };
    bridge = await TestBridge.start({ connections: { far } });
  }, 600_000);
  afterAll(() => bridge?.dispose());

  test("while it writes loses nothing, doubles nothing, and what it left is removed by the next", async () => {
    const { client } = await bridge.pair(bridge.pairing);
    const store = client.remoteStore("far", "shop");
    await store.init(initOf("shop"));
    const operations = Array.from({ length: COUNT }, (_, i) => create(i, { i }));
    const writing = store.write(operations, { applyId: "apply" });
    await runOf(bridge.pid, "export");
    const [left] = readdirSync(tmpdir()).filter((name) => isOf(bridge.pid, join(tmpdir(), name)));
    await wait(seededRandom(1)() * 2 * RUN_MS);
    await bridge.kill();
    await writing;
    await bridge.run();
    await client.reconnect();
    const again = client.remoteStore("far", "shop");
    const statuses = await settled(again, operations, "apply");
    expect(new Set(statuses.values())).toEqual(new Set(["applied"]));
    await expectEachOnce(again, operations, 1);
    expect(left).toBeDefined();
    expect(existsSync(join(tmpdir(), left ?? ""))).toBe(false);
  }, 300_000);
});

function isOf(pid: number, folder: string): boolean {
  if (!/driftscope-sqoop-/.test(folder)) return false;
  try {
    return readFileSync(join(folder, "owner"), "utf8") === String(pid);
  } catch {
    return false;
  }
}
