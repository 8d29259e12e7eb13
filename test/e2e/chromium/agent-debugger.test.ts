import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { agentSource } from "../../support/agent/agent-source.ts";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { scanAll } from "../../support/agent/collect.ts";
import { makeItems } from "../../support/agent/lab-data.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

const items = { bucket: "", database: "shop", store: "items" };

test.each(["plain", "strict"])("a page paused at a breakpoint is told as paused: %s", async (path) => {
  const page = await lab.open(path);
  await page.app(makeItems("shop", 100));
  const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
  const store = client.store(items);
  await page.cdp.send("Debugger.enable");
  const stopped = new Promise((resolve) => page.cdp.once("Debugger.paused", resolve));
  await page.cdp.send("Debugger.pause");
  // Any script of the page now stops at its first statement.
  void page.evaluate("setTimeout(() => { window.ran = true; }, 0), 'armed'").catch(() => undefined);
  await stopped;
  // The pause may have caught the arming evaluation itself: evaluations answer all the same.
  await expect(scanAll(store)).rejects.toMatchObject({ code: "paused" });
  const value = { id: 500 };
  const write = {
    opId: "late",
    key: encodeKey(500),
    expect: null,
    write: { body: encodeValue(value), digest: new Digester().digest(value) },
  };
  expect(await store.write([write])).toMatchObject([{ opId: "late", status: "unknown" }]);
  await page.cdp.send("Debugger.disable");
  // What was unknown becomes certain by the identical write.
  expect(await store.write([write])).toEqual([{ opId: "late", status: "applied" }]);
  expect(await scanAll(store)).toHaveLength(101);
  await client.close();
  await page.close();
});

test("the worker is gone with its client, and so is every frame and connection", async () => {
  const page = await lab.open("plain");
  await page.app(makeItems("shop", 100));
  const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
  await scanAll(client.store(items));
  expect(page.page.workers()).toHaveLength(1);
  expect(page.page.frames()).toHaveLength(1);
  await client.close();
  await expect.poll(() => page.page.workers().length).toBe(0);
  await page.close();
});
