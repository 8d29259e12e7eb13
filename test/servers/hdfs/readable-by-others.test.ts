import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { type Bed, create, freshStore, remove, replace, tokenOf } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { repositoryRoot } from "../../support/repository.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { programArguments } from "./hdfs-server.ts";

const root = freshFolder();
let bed: Bed;
beforeAll(() => {
  bed = directBed(freshBackend({ folder: root }));
});
afterAll(() => bed.dispose());

/** What Hadoop's own Java client reads of the collection. */
async function readByHadoop(collection: string): Promise<Record<string, unknown>[]> {
  const program = join(repositoryRoot, "test/servers/hdfs/DatasetReader.java");
  const folder = `${inject("hdfsUri")}${folderOf(root, collection)}`;
  const args = ["-Xmx128m", ...programArguments([]), program, folder];
  const { stdout } = await promisify(execFile)("java", args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("Hadoop's own client finds in the lines what was written", async () => {
  const { store, collection } = await freshStore(bed);
  const film = { title: "Amélie 🎬", year: 2001, tags: ["a\nb", ',"value":'], rating: null };
  const [kept, changed, gone] = await store.write(
    [create("kept", film), create("changed", 1), create(["gone", 7], 2)],
    { applyId: randomUUID() },
  );
  const [changedAgain] = await store.write(
    [
      replace("changed", tokenOf(changed), new Date(0)),
      remove(["gone", 7], tokenOf(gone)),
      create(new Date(5), "text"),
    ],
    { applyId: randomUUID() },
  );
  expect(await readByHadoop(collection)).toEqual([
    expect.objectContaining({ id: "~d5", state: "present", value: "text" }),
    // What JSON has no word for stands as the text of its codec.
    expect.objectContaining({
      id: "changed",
      version: tokenOf(changedAgain),
      encoded: expect.stringMatching(/^#1/),
    }),
    expect.objectContaining({ id: "kept", state: "present", version: tokenOf(kept), value: film }),
    expect.not.objectContaining({ value: expect.anything() }),
  ]);
}, 600_000);
