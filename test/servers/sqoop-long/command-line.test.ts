/** `driftscope diff` behind a bridge that keeps what Sqoop read last. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { HeadlessBed } from "../../support/headless/headless-bed.ts";
import { freshBackend, freshPrefix, sqoopSettings } from "../sqoop/fresh-tables.ts";
import { OWNER, PASSWORD } from "../sqoop/postgresql-server.ts";
import { runSql } from "../sqoop/run-sql.ts";

const prefix = freshPrefix();
let bed: HeadlessBed;
let bridge: { close(): Promise<void> };
let orders: string[];

beforeAll(async () => {
  await (await freshBackend({}, undefined, prefix)).close();
  process.env.DRIFTSCOPE_TEST_PASSWORD = PASSWORD;
  const credentials = { username: OWNER, password: { env: "DRIFTSCOPE_TEST_PASSWORD" } };
  const { connect, command } = sqoopSettings();
  const lab = { backend: "sqoop", connect, command, credentials, prefix, level: "unattended" };
  bed = await HeadlessBed.open();
  bed.configure("unattended", { connections: { lab } });
  orders = [...bed.usual(), "--store", "orders", "--no-app", "--no-fields"];
  await bed.inApplication(`
    const transaction = db.transaction("orders", "readwrite");
    for (let id = 0; id < 3; id++) transaction.objectStore("orders").put({ id, price: id });
    await done(transaction);`);
  bridge = await bed.bridge();
}, 600_000);
afterAll(async () => {
  await bridge?.close();
  await bed?.close();
});

test("a look says of when the remote is, and --fresh reads it again", async () => {
  expect(await bed.json("push", ...orders)).toMatchObject({ exitCode: 0 });
  const [first] = (await bed.json("diff", ...orders)).stores;
  expect(first).toMatchObject({ counts: { equal: 3 }, extent: { is: "full" } });
  expect(first?.extent).not.toHaveProperty("remoteAsOf");

  const before = new Date().toISOString();
  await runSql(
    `UPDATE ${prefix}_records SET version = '9.somebody', digest = decode(repeat('ab', 16), 'hex')
      WHERE k = (SELECT k FROM ${prefix}_records ORDER BY k DESC LIMIT 1)`,
  );
  const look = await bed.json("diff", ...orders);
  expect(look).toMatchObject({ exitCode: 0, stores: [{ counts: { equal: 3 }, extent: { is: "full" } }] });
  const extent = look.stores[0]?.extent;
  const asOf = extent?.is === "full" ? extent.remoteAsOf : undefined;
  expect(asOf).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(asOf?.localeCompare(before)).toBe(-1);
  expect((await bed.run("diff", ...orders)).stdout).toMatch(
    /the remote as of \S+Z, \d+ (?:s|min) ago: --fresh reads it again/,
  );

  const fresh = await bed.json("diff", ...orders, "--fresh");
  expect(fresh).toMatchObject({ exitCode: 1, stores: [{ counts: { equal: 2, changedThere: 1 } }] });
  expect(fresh.stores[0]?.extent).not.toHaveProperty("remoteAsOf");
}, 600_000);
