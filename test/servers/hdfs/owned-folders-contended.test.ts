/** Folders that are ours, with several writers, jobs that write meanwhile, and bridges that end in the middle. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import { put, tokenOf } from "../../conformance/suite/bed.ts";
import { read, write } from "../../conformance/suite/existing-tables.ts";
import { TestBridge } from "../../support/bridge/test-bridge.ts";
import { size } from "../../support/models/runs.ts";
import { seededRandom } from "../../support/models/seeded-random.ts";
import { FoldersBed, mappingOf } from "./folders-bed.ts";
import { namesIn, overwrite } from "./hdfs-files.ts";

let bed: FoldersBed;
beforeAll(() => {
  bed = new FoldersBed({ ours: ["*"] });
});
afterAll(() => bed.dispose());

const line = (id: number, n: string): string => `${JSON.stringify({ id, n })}\n`;
const lines = (n: string, ...ids: readonly number[]): string => ids.map((id) => line(id, n)).join("");
const mappingFor = (table: string) => mappingOf(table, { n: "text" });

/** As a program that knows nothing of us: a listing, then each file. Undefined where one is not there any more. */
async function readPlainly(table: string): Promise<Map<number, string> | undefined> {
  const found = new Map<number, string>();
  for (const name of await namesIn(bed.fs, `${bed.tablesFolder}/${table}`)) {
    if (/^[_.]/.test(name)) continue;
    const chunks: Buffer[] = [];
    const stream = await bed.fs.stream(bed.pathOf(table, name));
    if (stream === undefined) return undefined;
    for await (const chunk of stream) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    expect(text === "" || text.endsWith("\n"), "half a file").toBe(true);
    for (const one of text.split("\n").filter((each) => each !== "")) {
      const { id, n } = JSON.parse(one) as { id: number; n: string };
      expect(found.has(id), `record ${id} twice`).toBe(false);
      found.set(id, n);
    }
  }
  return found;
}

/** What the calls that change something come to, by their number. */
class Watched extends WebHdfs {
  readonly #before: (call: number, what: string) => Promise<void>;
  #calls = 0;

  constructor(before: (call: number, what: string) => Promise<void>) {
    super({ where: "HDFS", url: inject("hdfs"), requestTimeoutMs: 30_000, user: "root" });
    this.#before = before;
  }

  get calls(): number {
    return this.#calls;
  }

  async #counted<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    await this.#before(++this.#calls, what);
    return work();
  }

  override create: WebHdfs["create"] = (path, body) =>
    this.#counted(`create ${path}`, () => super.create(path, body));
  override rename: WebHdfs["rename"] = (from, to) =>
    this.#counted(`rename ${from} ${to}`, () => super.rename(from, to));
  override makeFolder: WebHdfs["makeFolder"] = (path) =>
    this.#counted(`mkdir ${path}`, () => super.makeFolder(path));
}

/** A row of each file is changed, one is deleted, one is new. */
async function pushAll(store: RemoteStore): Promise<ReturnType<RemoteStore["write"]>> {
  const tokens = await Promise.all([1, 2, 3].map(async (id) => (await read(store, id)).token ?? ""));
  const operation = (id: number, expected: string | null, n: string | undefined): RemoteWrite => ({
    opId: randomUUID(),
    key: encodeKey(id),
    expect: expected,
    write: n === undefined ? "delete" : put({ n }),
  });
  const operations = [
    operation(1, tokens[0] ?? null, "new"),
    operation(2, tokens[1] ?? null, undefined),
    operation(3, tokens[2] ?? null, "new"),
    operation(9, null, "new"),
  ];
  return store.write(operations, { applyId: randomUUID() });
}

const AFTER = new Map([
  [1, { n: "new" }],
  [3, { n: "new" }],
  [4, { n: "old" }],
  [9, { n: "new" }],
]);
/** New rows go by themselves: those that are changed and deleted are read for the journal before. */
const isNew = (found: ReadonlyMap<unknown, unknown>, [added, changed]: readonly [boolean, boolean]): void => {
  const rows: [number, { n: string }][] = changed
    ? [1, 3].map((id) => [id, { n: "new" }])
    : [1, 2, 3].map((id) => [id, { n: "old" }]);
  expect(found).toEqual(
    new Map([...rows, [4, { n: "old" }], ...(added ? [[9, { n: "new" }] as const] : [])]),
  );
};
const twoFiles = (): Promise<string> =>
  bed.table({ "a.json": lines("old", 1, 2), "b.json": lines("old", 3, 4) });

test("a push that ends at any of its steps is there or not, never in part, and completed by whoever comes", async () => {
  // Every other step, of which the long run takes all.
  let step = size(1 + Math.floor(2 * Math.random()), 1);
  let applied: readonly [boolean, boolean] = [false, false];
  for (; ; step += size(2, 1)) {
    const table = await twoFiles();
    let ended = (): void => {};
    const isDead = new Promise<"dead">((resolve) => {
      ended = () => resolve("dead");
    });
    // As a process that is killed: what it asked for before is done, and nothing comes after.
    const fs = new Watched((call) => {
      if (call < step) return Promise.resolve();
      ended();
      return new Promise<never>(() => {});
    });
    const result = await Promise.race([bed.store(mappingFor(table), fs).then(pushAll), isDead]);
    fs.close();
    if (result !== "dead") {
      expect(result.map(({ status }) => status)).toEqual(["applied", "applied", "applied", "applied"]);
      break;
    }
    // Whoever knows nothing of us may miss records until then; none is there twice or in part.
    await readPlainly(table);
    const found = await bed.contents(mappingFor(table));
    const now = [found.has(9), !found.has(2)] as const;
    isNew(found, now);
    // What was there after fewer steps is there after more.
    expect([!applied[0] || now[0], !applied[1] || now[1]], `step ${step}`).toEqual([true, true]);
    applied = now;
    const plain = await readPlainly(table);
    expect(plain).toEqual(new Map([...found].map(([id, value]) => [id, (value as { n: string }).n])));
    const store = await bed.store(mappingFor(table));
    tokenOf(await write(store, 20, null, { n: "next" }));
  }
  expect(applied).toEqual([true, true]);
  expect(step).toBeGreaterThan(10);
}, 300_000);

describe("a job that writes at any step of a push loses nothing", () => {
  const steps: readonly (readonly [
    string,
    (table: string) => Promise<void>,
    (table: string) => Promise<void>,
  ])[] = [
    [
      "it adds a file",
      (table) => bed.put(table, "c.json", line(5, "job")),
      async (table) => {
        expect((await readPlainly(table))?.get(5)).toBe("job");
      },
    ],
    [
      "it replaces a file that is not to be changed",
      (table) => overwrite(bed.fs, bed.pathOf(table, "c.json"), Buffer.from(line(6, "job"))),
      async (table) => {
        expect((await readPlainly(table))?.get(6)).toBe("job");
      },
    ],
  ];
  test.each(steps)("%s", async (_, job, check) => {
    for (let step = 1; ; step += size(3, 1)) {
      const table = await bed.table({
        "a.json": lines("old", 1, 2),
        "b.json": lines("old", 3, 4),
        "c.json": "",
      });
      if (_ === "it adds a file") await bed.fs.remove(bed.pathOf(table, "c.json"));
      let isDone = false;
      const fs = new Watched(async (call) => {
        if (call !== step) return;
        isDone = true;
        await job(table);
      });
      const outcomes = await pushAll(await bed.store(mappingFor(table), fs));
      fs.close();
      if (!isDone) return;
      expect(outcomes.map(({ status }) => status)).toEqual(["applied", "applied", "applied", "applied"]);
      await check(table);
      const found = await bed.contents(mappingFor(table));
      for (const [id, value] of AFTER) expect(found.get(id), `step ${step}`).toEqual(value);
      expect(found.size).toBe(AFTER.size + 1);
    }
  });

  test("it replaces the file that is to be changed: the push is a conflict, and what the job wrote stays", async () => {
    let conflicts = 0;
    for (let step = 1; ; step++) {
      const table = await bed.table({ "a.json": lines("old", 1, 2) });
      let isDone = false;
      const fs = new Watched(async (call) => {
        if (call !== step) return;
        const names = await namesIn(bed.fs, `${bed.tablesFolder}/${table}`);
        // Once the push has taken it away, there is nothing to replace.
        if (!names.includes("a.json")) return;
        isDone = true;
        await overwrite(bed.fs, bed.pathOf(table, "a.json"), Buffer.from(lines("job", 1, 2)));
      });
      const store = await bed.store(mappingFor(table), fs);
      const outcome = await write(store, 1, (await read(store, 1)).token ?? "", { n: "new" });
      fs.close();
      if (!isDone) {
        expect(outcome.status).toBe("applied");
        break;
      }
      expect(outcome, `step ${step}`).toMatchObject({ status: "conflict" });
      expect(await readPlainly(table)).toEqual(new Map([1, 2].map((id) => [id, "job"])));
      conflicts++;
    }
    expect(conflicts).toBeGreaterThan(4);
  });

  test("while one is under way nothing is pushed, and it is said why", async () => {
    const table = await twoFiles();
    const store = await bed.store(mappingFor(table));
    const { token = "" } = await read(store, 1);
    await bed.fs.makeFolder(bed.pathOf(table, "_temporary"));
    const pushed = write(store, 1, token, { n: "new" });
    await expect(pushed).resolves.toMatchObject({ reason: expect.stringContaining("a job is writing") });
    await bed.fs.remove(bed.pathOf(table, "_temporary"));
    tokenOf(await write(store, 1, token, { n: "new" }));
  });
});

const [BRIDGES, ROUNDS] = [size(8, 16), size(2, 10)];

test(`${BRIDGES} bridges count together, and others read: each commit lands once, no record is seen twice`, async () => {
  const table = await bed.table({ "a.json": line(0, "0"), "b.json": lines("old", 1000, 1001) });
  const bridges = Array.from(
    { length: BRIDGES },
    () => new FoldersBed({ ours: ["*"], tablesFolder: bed.tablesFolder }),
  );
  let isOver = false;
  let looks = 0;
  const looking = (async () => {
    while (!isOver) if ((await readPlainly(table)) !== undefined) looks++;
  })();
  try {
    await Promise.all(
      bridges.map(async (bridge, i) => {
        const store = await bridge.store(mappingFor(table));
        for (let round = 0; round < ROUNDS; round++) {
          tokenOf(await write(store, 1 + i * ROUNDS + round, null, { n: `${i}` }));
          for (;;) {
            const { token = "", value } = await read(store, 0);
            const n = String(Number((value as { n: string }).n) + 1);
            const { status } = await write(store, 0, token, { n });
            if (status === "applied") break;
            expect(status).toBe("conflict");
          }
        }
      }),
    );
  } finally {
    isOver = true;
    await looking;
    await Promise.all(bridges.map((bridge) => bridge.dispose()));
  }
  expect(looks).toBeGreaterThan(0);
  const found = await readPlainly(table);
  expect(found?.get(0)).toBe(String(BRIDGES * ROUNDS));
  expect(found?.size).toBe(BRIDGES * ROUNDS + 3);
}, 600_000);

const KILLS = size(2, 20);

test(`a bridge's process is killed ${KILLS} times while it pushes: all of a push is there, or nothing`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const table = await bed.table({ "a.json": "", "b.json": lines("old", 8000, 8001) });
  const bridge = await TestBridge.start({
    connections: {
      lake: {
        backend: "hdfs",
        url: inject("hdfs"),
        folder: "/test/none",
        user: "root",
        tablesFolder: bed.tablesFolder,
        tables: ["*"],
        ours: [table],
        level: "confirm",
      },
    },
  });
  try {
    const { client } = await bridge.pair();
    let expected = 2;
    for (let kill = 0; kill < KILLS; kill++) {
      const store = client.tableStore("lake", mappingFor(table));
      const operations = Array.from(
        { length: 100 },
        (_, i): RemoteWrite => ({
          opId: randomUUID(),
          key: encodeKey(kill * 100 + i),
          expect: null,
          write: put({ n: `${kill}` }),
        }),
      );
      const writing = store.write(operations, { applyId: randomUUID() });
      await wait(100 + random() * 500);
      await bridge.kill();
      const outcomes = await writing;
      const found = await bed.contents(mappingFor(table));
      const added = found.size - expected;
      expect([0, 100], `seed ${seed}`).toContain(added);
      if (outcomes.some(({ status }) => status === "applied")) expect(added).toBe(100);
      expect((await readPlainly(table))?.size).toBe(found.size);
      expected = found.size;
      await bridge.run();
      await client.reconnect();
    }
    const store = client.tableStore("lake", mappingFor(table));
    const last = { opId: randomUUID(), key: encodeKey(5000), expect: null, write: put({ n: "last" }) };
    expect(await store.write([last], { applyId: randomUUID() })).toMatchObject([{ status: "applied" }]);
  } finally {
    await bridge.dispose();
  }
}, 300_000);
