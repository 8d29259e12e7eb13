import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  create,
  freshStore,
  readOne,
  replace,
  tokenOf,
  writeOne,
} from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshBackend } from "./fresh-tables.ts";
import { IgniteServer } from "./ignite-server.ts";

/** A node of their own, with Jetty's default limits, which these tests freeze and kill. */
let node: IgniteServer;
let bed: Bed;
beforeAll(async () => {
  node = await IgniteServer.start({ defaultLimits: true });
  bed = directBed(await freshBackend({ url: node.url, requestTimeoutMs: 5000 }));
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await node?.dispose();
});

test("what is larger than the node's forms is refused before it is sent, its neighbours are written", async () => {
  const { store } = await freshStore(bed);
  const [small, large] = [create("small", 1), create("large", "x".repeat(250_000))];
  const outcomes = await store.write([large, small], { applyId: crypto.randomUUID() });
  expect(outcomes).toMatchObject([
    { status: "rejected", code: "too-large", reason: expect.stringContaining("maxFormContentSize") },
    { status: "applied" },
  ]);
  expect((await readOne(store, "large")).state).toBe("absent");
  // Just below it.
  tokenOf(await writeOne(store, create("fits", "x".repeat(190_000))));
});

test("many records that are together larger than a form go in several, new ones and changed ones", async () => {
  const { store } = await freshStore(bed);
  const applyId = crypto.randomUUID();
  const body = "x".repeat(1600);
  const made = await store.write(
    Array.from({ length: 300 }, (_, i) => create(i, `${body}${i}`)),
    { applyId },
  );
  const changes = made.map((outcome, i) => replace(i, tokenOf(outcome), `${body}changed`));
  const changed = await store.write(changes, { applyId });
  expect(changed.filter(({ status }) => status === "applied")).toHaveLength(300);
});

lostAnswers(() => ({ server: node.server, bed }));
