import { randomUUID } from "node:crypto";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { type Bed, create, freshStore, readOne, scanAll } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import type { JavaServer } from "../java-server.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { webHdfs } from "./hdfs-files.ts";
import { HdfsServer } from "./hdfs-server.ts";

const ROWS = 20_000;

/** Nodes of their own, each in its process, which these tests freeze and kill. */
let hdfs: HdfsServer;
let dataNode: JavaServer;
const folder = freshFolder();
let bed: Bed;
beforeAll(async () => {
  hdfs = await HdfsServer.startApart();
  if (hdfs.dataNode === undefined) throw new Error("the DataNode has no process of its own");
  dataNode = hdfs.dataNode;
  bed = onFolder();
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await hdfs?.dispose();
});

/** A bridge that has read nothing yet. */
const onFolder = (): Bed => directBed(freshBackend({ url: hdfs.url, folder, requestTimeoutMs: 6000 }));

const ABC = { chunks: [Buffer.from("abc")], bytes: 3 };

/** That it answers is not enough: DataNodes come back to it a moment later. */
async function startNameNode(): Promise<void> {
  await hdfs.nodes.start();
  const fs = webHdfs(hdfs.url);
  const isTaken = (): Promise<boolean> =>
    fs.create(`${folder}/${randomUUID()}`, ABC).then(
      () => true,
      () => false,
    );
  await vi.waitFor(async () => expect(await isTaken()).toBe(true), { timeout: 90_000, interval: 200 });
  fs.close();
}

/** @param work With a store on the records that are there, of a bridge that has read nothing yet. */
async function onManyRecords(work: (store: RemoteStore) => Promise<void>): Promise<void> {
  const { store, collection } = await freshStore(bed);
  for (let from = 0; from < ROWS; from += 2000) {
    const some = Array.from({ length: 2000 }, (_, i) => create(from + i, "x".repeat(100)));
    const outcomes = await store.write(some, { applyId: randomUUID() });
    expect(outcomes.every(({ status }) => status === "applied")).toBe(true);
  }
  const other = onFolder();
  try {
    await work(await other.store(collection));
  } finally {
    await other.dispose();
  }
}

test("a DataNode that is started again during a scan is waited for: nothing is missing", async () => {
  await onManyRecords(async (store) => {
    await dataNode.kill();
    const scanning = scanAll(store);
    const starting = dataNode.start();
    expect(await scanning).toHaveLength(ROWS);
    await starting;
    expect(await readOne(store, 1)).toMatchObject({ state: "present" });
  });
}, 600_000);

test("a NameNode that dies during a scan: what was not read is not taken for gone", async () => {
  await onManyRecords(async (store) => {
    let seen = 0;
    const scan = async (): Promise<void> => {
      for await (const batch of store.scan({ batchSize: 200 })) {
        if (seen === 0) await hdfs.nodes.kill();
        seen += batch.count;
      }
    };
    await expect(scan()).rejects.toMatchObject({ code: "backend-unavailable" });
    expect(seen).toBeLessThan(ROWS);
    await hdfs.nodes.start();
    await expect.poll(async () => (await scanAll(store)).length, { timeout: 90_000 }).toBe(ROWS);
  });
}, 600_000);

describe("a NameNode that dies when it has named a DataNode", () => {
  test("reading: the DataNode's word that it is away is no answer about the file", async () => {
    const path = `${folder}/read`;
    const fs = webHdfs(hdfs.url);
    await fs.create(path, ABC);
    await throughDyingNameNode(async (dying) => {
      await expect(dying.read(path, { offset: 0, length: 3 })).rejects.toMatchObject({
        code: "backend-unavailable",
        message: expect.stringMatching(/exception.* A node behind it is away: try again/i),
        nothingWritten: true,
      });
    });
    expect(String(await fs.read(path, { offset: 0, length: 3 }))).toBe("abc");
    fs.close();
  });

  test("writing: what the DataNode had asked of it may have been done", async () => {
    await throughDyingNameNode(async (dying) => {
      await expect(dying.create(`${folder}/written`, ABC)).rejects.toMatchObject({
        code: "backend-unavailable",
        nothingWritten: false,
      });
    });
  });

  async function throughDyingNameNode(work: (fs: WebHdfs) => Promise<void>): Promise<void> {
    const front = createServer((asked, answer) => {
      const passed = request(`${hdfs.url}${asked.url}`, { method: asked.method ?? "GET" }, async (got) => {
        await hdfs.nodes.kill();
        answer.writeHead(got.statusCode ?? 502, got.headers).end();
      });
      passed.end();
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    const fs = webHdfs(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
    try {
      await work(fs);
    } finally {
      fs.close();
      front.close();
      await startNameNode();
    }
  }
});

describe("as every backend, of the NameNode", () =>
  lostAnswers(() => ({
    server: {
      freeze: () => hdfs.nodes.freeze(),
      thaw: () => hdfs.nodes.thaw(),
      kill: () => hdfs.nodes.kill(),
      start: startNameNode,
    },
    bed,
  })));

describe("as every backend, of the DataNode", () => lostAnswers(() => ({ server: dataNode, bed })));
