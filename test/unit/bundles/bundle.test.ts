import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBundle } from "../../../bridge/bundles/bundle-store.ts";
import {
  bundleFile,
  bundlesOf,
  deleteOlderBundles,
  deleteParts,
  keptBundles,
} from "../../../bridge/bundles/kept-bundles.ts";
import { checkBundle } from "../../../bridge/bundles/read-bundle.ts";
import { BundleBed, storeOf } from "../../support/bundled.ts";
import { hexOf, keyOf } from "../../support/models/bodies.ts";
import { RemoteTable } from "../../support/models/model-remote-store.ts";

let bed: BundleBed;
let table: RemoteTable;
beforeEach(() => {
  bed = new BundleBed();
  table = new RemoteTable();
  for (let id = 0; id < 3; id++) table.put(hexOf(id), `{"id":${id}}`);
});
afterEach(() => bed.close());

test("a bundle is lines of JSON that say what they are, for its owner alone", async () => {
  const path = bed.path();
  await bed.write(path, [storeOf(table)]);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const parsed = lines.map((line) => JSON.parse(line) as object);
  expect(parsed).toMatchObject([
    { driftscope: "bundle", format: 1, connection: "lab", collections: [{ name: "shop.orders" }] },
    { collection: "shop.orders" },
    { key: hexOf(0), body: '{"id":0}' },
    { key: hexOf(1), body: '{"id":1}' },
    { key: hexOf(2), body: '{"id":2}' },
    { counts: [{ records: 3, unread: 0 }] },
    { end: true },
  ]);
  // Names of the page may hold lone surrogates.
  expect((await checkBundle(path)).head.collections[0]?.meta?.localSchema.identity.database).toBe(
    "shop\ud800",
  );
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(readdirSync(bed.folder)).toHaveLength(1);
});

test("what is deleted between the scan and the read is not in it", async () => {
  const path = bed.path();
  const store = storeOf(table);
  const read = store.read.bind(store);
  store.read = (keys, signal) => {
    table.delete(hexOf(1));
    return read(keys, signal);
  };
  expect((await bed.write(path, [store])).totals.counts).toEqual([{ records: 2, unread: 0 }]);
  const bundle = await openBundle(path);
  const { states } = (await bundle.store("shop.orders")?.lookup([keyOf(0), keyOf(1)])) ?? {};
  expect(Array.from(states ?? [])).toEqual([0, 3]);
  await bundle.close();
});

describe("nothing is left of one that was not finished, and nothing is overwritten", () => {
  test("where the remote fails, or it is cancelled", async () => {
    const path = bed.path();
    const store = storeOf(table);
    store.read = () => {
      throw new Error("the backend is away");
    };
    await expect(bed.write(path, [storeOf(table), store])).rejects.toThrow("the backend is away");
    const abort = new AbortController();
    const cancelled = storeOf(table);
    cancelled.scan = async function* (options) {
      abort.abort(new Error("enough"));
      yield* storeOf(table).scan(options);
    };
    await expect(bed.write(path, [cancelled], abort.signal)).rejects.toThrow("enough");
    expect(readdirSync(bed.folder)).toEqual([]);
  });

  test("where there is no such collection, or a file of that name", async () => {
    const path = bed.path();
    const absent = storeOf(table);
    absent.meta = async () => undefined;
    await expect(bed.write(path, [absent])).rejects.toMatchObject({
      code: "unknown-collection",
      message: expect.stringContaining('no collection "shop.orders"'),
    });
    writeFileSync(path, "mine");
    await expect(bed.write(path, [storeOf(table)])).rejects.toMatchObject({ code: "not-allowed" });
    expect(readFileSync(path, "utf8")).toBe("mine");
    await expect(bed.write(join(path, "below"), [storeOf(table)])).rejects.toMatchObject({
      code: "backend-failed",
      message: expect.stringContaining("Check the folder"),
    });
    expect(readdirSync(bed.folder)).toHaveLength(1);
  });
});

describe("a file that is none is told apart from one that was damaged", () => {
  const lines = async (): Promise<string[]> => {
    const path = bed.path();
    await bed.write(path, [storeOf(table)]);
    return readFileSync(path, "utf8").trimEnd().split("\n");
  };
  test.each<readonly [string, (all: string[]) => readonly string[], string]>([
    ["empty", () => [], "it is empty"],
    ["something else", () => ['{"driftscope":"base","format":1}'], "its first line is not that of a bundle"],
    [
      "of a later version",
      () => ['{"driftscope":"bundle","format":2}'],
      "has format 2, this version reads format 1",
    ],
    ["without a line in the middle", (all) => all.filter((_, i) => i !== 3), "counts other records"],
    [
      "in another order",
      ([a = "", b = "", c = "", d = "", ...rest]) => [a, b, d, c, ...rest],
      "line 4 is out of order",
    ],
    ["without its last line", (all) => all.slice(0, -1), "it was cut off"],
    [
      "with another body",
      (all) => all.map((line) => line.replace('{\\"id\\":1}', '{\\"id\\":7}')),
      "its checksum",
    ],
    ["without its collection", (all) => all.filter((_, i) => i !== 1), "line 2 is of no collection"],
  ])("%s", async (_name, change, said) => {
    const path = bed.path();
    writeFileSync(
      path,
      change(await lines())
        .map((line) => `${line}\n`)
        .join(""),
    );
    await expect(openBundle(path)).rejects.toThrow(said);
    await expect(checkBundle(path)).rejects.toThrow(path);
  });

  test("missing", async () => {
    await expect(openBundle(bed.path())).rejects.toMatchObject({ code: "backend-failed" });
  });
});

test("it is never written", async () => {
  const path = bed.path();
  await bed.write(path, [storeOf(table)]);
  const bundle = await openBundle(path);
  const store = bundle.store("shop.orders");
  const write = { opId: "a", key: keyOf(1), expect: null, write: "delete" } as const;
  expect(await store?.write([write])).toMatchObject([{ status: "rejected", code: "read-only" }]);
  // Another incarnation than the collection's: no base of one counts for the other.
  expect(await store?.meta()).toMatchObject({ incarnation: bundle.head.id, projectionId: "whole" });
  await bundle.close();
});

test("the newest of a schedule stay, and what a killed process left goes; other files are not touched", async () => {
  const folder = bundlesOf(bed.folder, "nightly");
  mkdirSync(folder);
  const paths = [1, 2, 3, 4].map((day) => bundleFile(folder, "nightly", Date.UTC(2026, 4, day)));
  for (const path of paths) await bed.write(path, [storeOf(table)]);
  const others = [bundleFile(folder, "nightly-2", 0), join(folder, "nightly-mine.bundle")];
  const parts = [
    join(folder, `.nightly-2026-05-01T00-00-00.000Z.bundle.77.part`),
    join(folder, ".mine.part"),
  ];
  for (const path of [...others, ...parts]) writeFileSync(path, "x");
  expect(await deleteOlderBundles(folder, "nightly", 2)).toEqual(paths.slice(0, 2));
  await deleteParts(folder, "nightly");
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .sort(),
  ).toEqual([...paths.slice(2), ...others, parts[1]].sort());
  const kept = await keptBundles(bed.folder);
  expect(kept.map(({ head, problem }) => head?.connection ?? problem)).toEqual([
    expect.stringContaining("no whole bundle"),
    "lab",
    "lab",
    expect.stringContaining("no whole bundle"),
  ]);
});

const disk = mkdtempSync(join(tmpdir(), "driftscope-disk-"));
afterAll(() => rmSync(disk, { recursive: true, force: true }));
const mount = (): Buffer =>
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", disk], { stdio: "pipe" });
const unmount = (): Buffer => execFileSync("umount", ["--lazy", disk]);

/** Who may not mount a small disk cannot fill one. */
function mayMount(): boolean {
  try {
    mount();
    unmount();
    return true;
  } catch {
    return false;
  }
}

if (mayMount()) {
  test("a full disk is told, and the bundle before stays", async () => {
    mount();
    try {
      const before = join(disk, "before.bundle");
      await bed.write(before, [storeOf(table)]);
      table.put(hexOf(9), "x".repeat(512 * 1024));
      await expect(bed.write(join(disk, "after.bundle"), [storeOf(table)])).rejects.toMatchObject({
        code: "disk-full",
        message: expect.stringContaining("Free some space"),
      });
      expect(readdirSync(disk)).toEqual(["before.bundle"]);
      await checkBundle(before);
    } finally {
      unmount();
    }
  });
}
