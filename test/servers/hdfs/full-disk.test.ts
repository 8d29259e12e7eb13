import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { compact } from "../../../bridge/backends/hdfs/dataset/compact.ts";
import { Dataset } from "../../../bridge/backends/hdfs/dataset/dataset.ts";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import type { RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";
import {
  create,
  freshStore,
  readOne,
  replace,
  scanAll,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { namesIn, webHdfs } from "./hdfs-files.ts";
import { HdfsServer } from "./hdfs-server.ts";

const MB = 1024 * 1024;

interface Full {
  /** @param folder Of the collection. */
  fill(folder: string): Promise<void> | void;
  free(folder: string): Promise<void> | void;
  /** What then cannot be written, where the record "a" has this version. */
  refused(a: string): readonly RemoteWrite[];
  readonly says: RegExp;
  /** Whether there is room for small files. */
  readonly takesSmall: boolean;
}

/** What cannot be written is told with the next step, what is there stays, and the same goes on once there is room. */
async function fullAndFree(url: string, { fill, free, refused, says, takesSmall }: Full): Promise<void> {
  const root = freshFolder();
  const bed = directBed(freshBackend({ url, folder: root }));
  const fs = webHdfs(url);
  try {
    const { store, collection } = await freshStore(bed);
    const folder = folderOf(root, collection);
    const a = tokenOf(await writeOne(store, create("a", 1)));
    await writeOne(store, create("z", 1));
    const before = { entries: await scanAll(store), files: await namesIn(fs, `${folder}/segments`) };
    await fill(folder);
    const operations = refused(a);
    for (const operation of operations) {
      expect(await writeOne(store, operation)).toMatchObject({
        status: "rejected",
        code: "disk-full",
        reason: expect.stringMatching(says),
      });
    }
    if (!takesSmall) {
      const dataset = new Dataset(fs, folder, new LRUCache({ maxSize: MB }));
      await expect(compact(dataset, 1)).rejects.toMatchObject({ code: "disk-full" });
    }
    const other = directBed(freshBackend({ url, folder: root }));
    const theirs = await other.store(collection);
    expect(await scanAll(theirs)).toEqual(before.entries);
    expect(await readOne(theirs, "a")).toMatchObject({ state: "present", token: a });
    await other.dispose();
    expect(await namesIn(fs, `${folder}/segments`)).toEqual(before.files);
    await free(folder);
    for (const operation of operations) await goesOn(store, operation);
    const applied = operations.map(({ opId }) => expect.stringContaining(opId));
    const tokens = (await scanAll(store)).map(({ token }) => token);
    expect(tokens).toEqual(expect.arrayContaining(applied));
  } finally {
    fs.close();
    await bed.dispose();
  }
}

/** The NameNode hears of free space with the next heartbeat. */
const goesOn = (store: RemoteStore, operation: RemoteWrite): Promise<void> =>
  vi.waitFor(async () => expect(await writeOne(store, operation)).toMatchObject({ status: "applied" }), {
    timeout: 60_000,
    interval: 200,
  });

const large = (): RemoteWrite => create("large", noise(6 * MB));
const noise = (length: number): string => randomUUID().repeat(Math.ceil(length / 36));

function mountDisk(folder: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", folder], { stdio: "ignore" });
}
const unmount = (folder: string): Buffer => execFileSync("umount", ["--lazy", folder]);

const disk = mkdtempSync(join(tmpdir(), "driftscope-disk-"));
afterAll(() => rmSync(disk, { recursive: true }));

/** Who may not mount a small disk cannot fill one: then the quota, which is refused in the same way, is all that is shown. */
function mayMount(): boolean {
  try {
    mountDisk(disk);
    unmount(disk);
    return true;
  } catch {
    return false;
  }
}

const describeDisk = (work: () => void): void => {
  if (mayMount()) describe("a DataNode whose disk is full", work);
};

describeDisk(() => {
  let hdfs: HdfsServer;
  beforeAll(async () => {
    mountDisk(disk);
    hdfs = await HdfsServer.start({
      "dfs.datanode.data.dir": `file://${disk}/data`,
      // Else a gigabyte more than the block has to be free.
      "dfs.datanode.round-robin-volume-choosing-policy.additional-available-space": "0",
    });
  }, 600_000);
  afterAll(async () => {
    await hdfs?.dispose();
    unmount(disk);
  });

  const other = join(disk, "of somebody else");
  const fillUpTo = (left: number): void => {
    const { bavail, bsize } = statfsSync(disk);
    const file = openSync(other, "w");
    try {
      const bytes = Buffer.alloc(Math.max(0, bavail * bsize - left));
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
  };

  test("takes nothing, says what to do, and goes on when there is room again", async () => {
    await fullAndFree(hdfs.url, {
      fill: () => fillUpTo(0),
      free: () => rmSync(other),
      refused: (a) => [create("b", 1), replace("a", a, 2), large()],
      says: /No DataNode took it.*Free space/,
      takesSmall: false,
    });
  });

  test("leaves nothing of a file that became too large while it was written, and takes smaller ones", async () => {
    await fullAndFree(hdfs.url, {
      fill: () => fillUpTo(4 * MB),
      free: () => rmSync(other),
      refused: () => [large()],
      says: /No DataNode took it.*Free space/,
      takesSmall: true,
    });
  });
});

describe("a folder whose quota of space is used up", () => {
  /** @param bytes -1 = none */
  async function setQuota(folder: string, bytes: number): Promise<void> {
    const query = `op=SETQUOTA&user.name=root&namespacequota=-1&storagespacequota=${bytes}`;
    const answer = await fetch(`${inject("hdfs")}/webhdfs/v1${encodeURI(folder)}?${query}`, {
      method: "PUT",
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  test("is told as such", async () => {
    await fullAndFree(inject("hdfs"), {
      fill: (folder) => setQuota(folder, 1),
      free: (folder) => setQuota(folder, -1),
      refused: (a) => [create("b", 1), replace("a", a, 2), large()],
      says: /Raise the quota of space/,
      takesSmall: false,
    });
  });
});
