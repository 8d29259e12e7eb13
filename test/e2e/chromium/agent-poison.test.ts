import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { EntryState } from "../../../core/batch/entry-batch.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { agentSource } from "../../support/agent/agent-source.ts";
import { ChromiumLabPage } from "../../support/agent/chromium-lab.ts";
import { hexOf, readAll, scanAll } from "../../support/agent/collect.ts";
import { appBody } from "../../support/agent/lab-data.ts";
import { type LabServer, serveLab } from "../../support/agent/lab-server.ts";
import { findBrowser } from "../../support/browsers/find-browser.ts";

/**
 * Chromium keeps large values in files beside its database; where such a file is lost, as it happens to real
 * profiles, every read that meets the record fails.
 */
let server: LabServer;
let profile: string;
let context: BrowserContext;

beforeAll(async () => {
  server = await serveLab({});
  profile = mkdtempSync(join(tmpdir(), "driftscope-poison-"));
});
afterAll(async () => {
  await context.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

async function openPage(): Promise<ChromiumLabPage> {
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error("no Chromium found");
  const isRoot = process.getuid?.() === 0;
  context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: isRoot ? ["--no-sandbox"] : [],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`http://127.0.0.1:${server.port}/plain`);
  return new ChromiumLabPage(page, await context.newCDPSession(page));
}

function largestFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes(".indexeddb.blob"))
    .map((entry) => join(entry.parentPath, entry.name));
  const bySize = files.sort((a, b) => statSync(b).size - statSync(a).size);
  if (bySize[0] === undefined) throw new Error("no file of a value");
  return bySize[0];
}

test("one record that the browser cannot read does not hide the others", async () => {
  const first = await openPage();
  await first.app(
    appBody(`
      const db = await openAt("shop", 1, (db) => db.createObjectStore("items", { keyPath: "id" }));
      const tx = db.transaction("items", "readwrite");
      // Random, since values are compressed before they are judged large.
      const noise = Array.from({ length: 300_000 }, () => String.fromCharCode(32 + Math.random() * 90)).join("");
      for (let id = 0; id < 50; id++) tx.objectStore("items").put({ id, text: id === 33 ? noise : "short" });
      await finished(tx); db.close(); return 1;`),
  );
  await context.close();
  rmSync(largestFile(profile));

  const page = await openPage();
  const client = await AgentClient.connect(page.evaluate, { source: await agentSource() });
  const ref = { bucket: "", database: "shop", store: "items" };
  const store = client.store(ref);
  const entries = await scanAll(store);
  expect(entries.map(({ key }) => hexOf(key))).toEqual(
    Array.from({ length: 50 }, (_, id) => hexOf(encodeKey(id))),
  );
  const unreadable = entries.filter(({ state }) => state === EntryState.unreadable);
  expect(unreadable.map(({ key }) => hexOf(key))).toEqual([hexOf(encodeKey(33))]);
  expect(unreadable[0]?.token).toMatch(/Error/);

  const records = await readAll(
    store,
    [31, 32, 33, 34].map((id) => encodeKey(id)),
  );
  expect(records.map(({ state }) => state)).toEqual(["present", "present", "unreadable", "present"]);
  const { rows } = await client.records(ref, { limit: 50, maxBytes: 10_000 });
  expect(rows.filter(({ reason }) => reason !== undefined).map(({ key }) => hexOf(key))).toEqual([
    hexOf(encodeKey(33)),
  ]);

  const outcomes = await store.write([
    { opId: "32", key: encodeKey(32), expect: records[1]?.digest ?? null, write: "delete" },
    { opId: "33", key: encodeKey(33), expect: new Uint8Array(16), write: "delete" },
    { opId: "34", key: encodeKey(34), expect: records[3]?.digest ?? null, write: "delete" },
  ]);
  expect(outcomes).toMatchObject([
    { status: "applied" },
    { status: "conflict", current: { state: "unreadable" } },
    { status: "applied" },
  ]);
  expect(await client.count(ref)).toBe(48);
  // A batch that only passes over it is not spoilt either.
  const [before, after] = await readAll(
    store,
    [31, 35].map((id) => encodeKey(id)),
  );
  expect(
    await store.write([
      { opId: "31", key: encodeKey(31), expect: before?.digest ?? null, write: "delete" },
      { opId: "35", key: encodeKey(35), expect: after?.digest ?? null, write: "delete" },
    ]),
  ).toMatchObject([{ status: "applied" }, { status: "applied" }]);
  await client.close();
});
