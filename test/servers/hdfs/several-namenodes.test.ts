/** A cluster with two NameNodes: the active one is found, also when it becomes the other one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, create, freshStore, scanAll, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { HdfsPair } from "./hdfs-pair.ts";

let pair: HdfsPair;
let bed: Bed;
const folder = freshFolder();
beforeAll(async () => {
  pair = await HdfsPair.start();
  // The one that is on standby comes first.
  const [url, ...otherUrls] = [pair.standby.url, pair.active.url] as const;
  bed = directBed(freshBackend({ url, otherUrls, folder, requestTimeoutMs: 6000 }));
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await pair?.dispose();
});

test("one that is on standby alone is told with what to do", async () => {
  const alone = directBed(freshBackend({ url: pair.standby.url, folder }));
  await expect(freshStore(alone)).rejects.toMatchObject({
    code: "backend-unavailable",
    message: expect.stringContaining('It is on standby: name the other NameNodes as "otherUrls"'),
  });
  await alone.dispose();
});

test("the active one is found, also while the other does not run", async () => {
  const { store } = await freshStore(bed);
  tokenOf(await writeOne(store, create("a", 1)));
  await pair.standby.server.kill();
  tokenOf(await writeOne(store, create("b", 1)));
  expect(await scanAll(store)).toHaveLength(2);
  await pair.standby.server.start();
});

test("driftscope doctor looks at the active one", async () => {
  const configured = await ConfiguredCli.start();
  try {
    const config = { backend: "hdfs", url: pair.standby.url, user: "root", folder };
    expect(await configured.run({ ...config, otherUrls: [pair.active.url] }, "doctor")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("ok DataNode: "),
    });
    expect(await configured.run(config, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('"otherUrls"'),
    });
  } finally {
    await configured.dispose();
  }
});

lostAnswers(() => ({
  server: {
    freeze: () => pair.active.server.freeze(),
    thaw: () => pair.active.server.thaw(),
    kill: () => pair.active.server.kill(),
    start: () => pair.failOver(),
  },
  bed,
}));
