import { afterAll, beforeAll, expect, test } from "vitest";
import { AttachableChromium } from "../../support/headless/attachable-chromium.ts";
import { HeadlessBed, inPage } from "../../support/headless/headless-bed.ts";
import { Watching } from "../../support/headless/watching.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";
import { IgniteServer } from "./ignite-server.ts";

let node: IgniteServer;
let bed: HeadlessBed;
let chromium: AttachableChromium;
beforeAll(async () => {
  node = await IgniteServer.start();
  const prefix = freshPrefix();
  await (await freshBackend({ url: node.url, prefix })).close();
  bed = await HeadlessBed.open();
  const connection = { backend: "ignite", url: node.url, prefix, requestTimeoutMs: 3000 };
  bed.configure("unattended", { connections: { lab: { ...connection, level: "unattended" } } });
  chromium = await AttachableChromium.start(bed.profile(), bed.shop.url);
}, 600_000);
afterAll(async () => {
  await chromium?.close();
  await bed?.close();
  await node?.dispose();
});

const put = (id: number): string => `
  const transaction = db.transaction("orders", "readwrite");
  transaction.objectStore("orders").put({ id: ${id}, price: 1 });
  await done(transaction);`;

test("while the backend is away the page goes on; what it wrote arrives when the backend is back", async () => {
  const page = await chromium.page(bed.shop.url);
  await inPage(page, put(1));
  const args = [...bed.attached(chromium.endpoint), "--store", "orders", "--json", "--interval", "0.2"];
  const watching = new Watching(bed.start(["watch", ...args]));
  try {
    expect(await watching.next()).toMatchObject({ is: "inSync", pushed: 1 });
    await node.server.kill();
    expect(await watching.next()).toMatchObject({
      is: "offline",
      reason: expect.stringContaining("cannot be reached"),
    });
    await inPage(page, put(2));
    await node.server.start();
    expect(await watching.next()).toMatchObject({ is: "inSync", pushed: 1, pulled: 0, records: 2 });
  } finally {
    await watching.stop();
  }
}, 600_000);
