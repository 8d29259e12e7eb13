import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HdfsBackend } from "../../../bridge/backends/hdfs/hdfs-backend.ts";
import { type Bed, create, freshStore, scanAll } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { size } from "../../support/models/runs.ts";
import { contended } from "../suites/contended.ts";
import { freshFolder, hdfsSettings } from "./fresh-folder.ts";
import { committed } from "./hdfs-files.ts";

const folder = freshFolder();
const onFolder = (): Bed => directBed(new HdfsBackend(hdfsSettings({ folder })));

let beds: readonly [Bed, Bed];
beforeAll(() => {
  beds = [onFolder(), onFolder()];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

// A commit is three files and a rename, and each increment takes one.
contended(() => beds, 16, size(200, 2_000));

test("16 bridges write at once: each commit lands exactly once, and all of them", async () => {
  const { collection } = await freshStore(beds[0]);
  const bridges = Array.from({ length: 16 }, onFolder);
  try {
    const written = await Promise.all(
      bridges.map(async (bed, bridge) => {
        const store = await bed.store(collection);
        const tokens: (string | undefined)[] = [];
        for (let commit = 0; commit < 3; commit++) {
          const some = [0, 1].map((i) => create([bridge, commit, i], "x"));
          for (const outcome of await store.write(some, { applyId: randomUUID() })) {
            tokens.push(outcome.status === "applied" ? outcome.token : outcome.status);
          }
        }
        return tokens;
      }),
    );
    const store = await (beds[0] as Bed).store(collection);
    expect((await scanAll(store)).map(({ token }) => token)).toEqual(written.flat());
    const manifests = (await committed(folder, collection)).filter(({ writer }) => writer === "direct");
    expect(manifests).toHaveLength(48);
    // One follows the other, and each says how many records there are then.
    expect(manifests.map(({ records }) => records)).toEqual(manifests.map((_, at) => 2 * (at + 1)));
  } finally {
    await Promise.all(bridges.map((bed) => bed.dispose()));
  }
}, 600_000);
