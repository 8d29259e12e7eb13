import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HeadlessBed } from "../support/headless/headless-bed.ts";

let bed: HeadlessBed;
let around: Server;
let aroundUrl: string;

/** A page of another origin that has the application in a frame. */
beforeAll(async () => {
  bed = await HeadlessBed.open();
  around = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><title>around</title><iframe src="${bed.shop.url}"></iframe>`);
  });
  await new Promise<void>((resolve) => around.listen(0, "127.0.0.1", resolve));
  aroundUrl = `http://127.0.0.1:${(around.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  around.closeAllConnections();
  await new Promise((resolve) => around.close(resolve));
  await bed.close();
});

const PUT = `
  const transaction = db.transaction("orders", "readwrite");
  for (let id = 0; id < 20; id++) transaction.objectStore("orders").put({ id, price: 1 });
  await done(transaction);`;

test("--frame: the storage of a frame of another origin, which the page itself does not have", async () => {
  await bed.inApplication(PUT, "framed");
  const inFrame = [...bed.usual("framed", "shop", aroundUrl), "--store", "orders"];
  expect(await bed.json("diff", ...inFrame)).toMatchObject({
    exitCode: 2,
    error: { message: 'The page has no database "shop".' },
  });
  const framed = [...inFrame, "--frame", bed.shop.url];
  expect(await bed.json("push", ...framed, "--collection", "framed")).toMatchObject({
    exitCode: 0,
    stores: [{ rows: { local: 20, remote: 0 }, plan: { remote: { create: 20 } } }],
  });
  // The frame's storage is that of its origin, and so is the base.
  const top = [...bed.usual("framed"), "--store", "orders", "--collection", "framed"];
  expect(await bed.json("diff", ...top)).toMatchObject({ exitCode: 0, stores: [{ counts: { equal: 20 } }] });

  const missing = await bed.json("diff", ...inFrame, "--frame", `${bed.shop.url}nowhere`);
  expect(missing).toMatchObject({ exitCode: 3, error: { code: "page-failed" } });
  expect(missing.error?.message).toContain(bed.shop.url);
});

test("--bucket: a database of the same name in a storage bucket is another one", async () => {
  await bed.inApplication(PUT, "bucket");
  await bed.inApplication(
    `const bucket = await navigator.storageBuckets.open("drafts");
     const opening = bucket.indexedDB.open("shop", 1);
     opening.onupgradeneeded = () => opening.result.createObjectStore("orders", { keyPath: "id" });
     const drafts = await done(opening);
     const transaction = drafts.transaction("orders", "readwrite");
     transaction.objectStore("orders").put({ id: 1, draft: true });
     await done(transaction);
     drafts.close();`,
    "bucket",
  );
  const orders = [...bed.usual("bucket"), "--store", "orders"];
  const drafts = [...orders, "--bucket", "drafts", "--collection", "drafts"];
  expect(await bed.json("push", ...drafts)).toMatchObject({
    exitCode: 0,
    stores: [{ bucket: "drafts", rows: { local: 1 }, plan: { remote: { create: 1 } } }],
  });
  expect(await bed.json("diff", ...drafts)).toMatchObject({
    exitCode: 0,
    stores: [{ counts: { equal: 1 } }],
  });
  // The default bucket's records are not those, and have no base with that collection.
  expect(await bed.json("diff", ...orders, "--collection", "drafts")).toMatchObject({
    exitCode: 1,
    stores: [{ bucket: "", counts: { equal: 0, onlyHere: 19, different: 1 } }],
  });
  expect(await bed.json("diff", ...orders, "--bucket", "nowhere")).toMatchObject({
    exitCode: 2,
    error: { message: 'The page has no storage bucket "nowhere": it has "", "drafts".' },
  });
});
