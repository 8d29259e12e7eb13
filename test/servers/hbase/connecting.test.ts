import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { HBaseBackend } from "../../../bridge/backends/hbase/hbase-backend.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { selfSigned } from "../self-signed.ts";
import { beforeSetUp } from "../suites/before-set-up.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { freshTable, hbaseSettings } from "./fresh-table.ts";
import { HBaseServer } from "./hbase-server.ts";

let configured: ConfiguredCli;
beforeAll(async () => {
  configured = await ConfiguredCli.start();
});
afterAll(() => configured.dispose());

const cli = (settings: object, ...args: string[]): Promise<CliResult> =>
  configured.run({ backend: "hbase", url: inject("hbase"), ...settings }, ...args);

/** What a person meets on the way to a connection that works. */
describe("driftscope init and doctor", () => {
  test("the table is shown before it is made, made once, and found again", async () => {
    const table = freshTable();
    expect(await cli({ table }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table \S+: .*driftscope init/),
    });
    const asked = await cli({ table }, "init", "far");
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(asked.stdout).toContain(`create '${table}', {NAME => 'm'`);
    expect((await cli({ table }, "doctor")).exitCode).toBe(3);
    for (const _ of [1, 2])
      expect(await cli({ table }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    const healthy = await cli({ table }, "doctor", "far");
    expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
    expect(healthy.stdout).toMatch(/ok server: HBase 2\./);
    for (const about of ["reading", "writing"]) expect(healthy.stdout).toContain(`ok ${about}: `);
  });

  test("a port where nobody listens, and one where something else does, are told with what to do", async () => {
    const port = await freePort();
    expect(await cli({ url: `http://127.0.0.1:${port}` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: nothing listens there/),
    });
    expect(await cli({ url: `${inject("hbase")}/elsewhere` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*not as HBase's REST gateway does: check "url"/),
    });
  });

  test("a table of our name that somebody else made is told by its families, and left as it is", async () => {
    const table = freshTable();
    const made = await fetch(`${inject("hbase")}/${table}/schema`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ColumnSchema: [{ name: "theirs" }] }),
    });
    expect(made.status).toBe(201);
    expect((await cli({ table }, "init", "far", "--yes")).exitCode).not.toBe(0);
    expect(await cli({ table }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table \S+: is not ours.*column families m and d/),
    });
    const headers = { accept: "application/json" };
    const schema = await (await fetch(`${inject("hbase")}/${table}/schema`, { headers })).json();
    expect((schema as { ColumnSchema: { name: string }[] }).ColumnSchema.map(({ name }) => name)).toEqual([
      "theirs",
    ]);
  });
});

beforeSetUp(() => new HBaseBackend(hbaseSettings()));

describe("behind a proxy with a path and a login", () => {
  let proxy: Server;
  let url: string;
  beforeAll(async () => {
    const expected = `Basic ${Buffer.from("someone:of the proxy").toString("base64")}`;
    proxy = createServer((asked, answer) => {
      if (asked.headers.authorization !== expected) {
        answer.writeHead(401, { "content-type": "text/html" }).end("<html>Who are you?</html>");
        return;
      }
      const path = asked.url?.replace(/^\/base\/hbase/, "") ?? "/";
      const { authorization: _, ...headers } = asked.headers;
      const sent = request(`${inject("hbase")}${path}`, { method: asked.method ?? "GET", headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      asked.pipe(sent);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => proxy.once("listening", resolve));
    url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/base/hbase`;
    for (const [name, secret] of Object.entries({ password: "of the proxy", wrong: "another" })) {
      writeFileSync(join(configured.folder, name), secret, { mode: 0o600 });
    }
  });
  afterAll(() => new Promise((resolve) => proxy.close(resolve)));

  const login = (file: string): object => ({ username: "someone", password: { file } });

  test("it works with the login, and says so without", async () => {
    const table = freshTable();
    for (const settings of [{}, { credentials: login("wrong") }]) {
      expect(await cli({ url, table, ...settings }, "doctor")).toMatchObject({
        exitCode: 3,
        stdout: expect.stringMatching(/!! server: .*refused the login: check "credentials"/),
      });
    }
    const credentials = login("password");
    expect(await cli({ url, table, credentials }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    expect(await cli({ url, table, credentials }, "doctor")).toMatchObject({ exitCode: 0 });
  });
});

describe("a gateway with TLS", () => {
  let folder: string;
  let hbase: HBaseServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "driftscope-tls-"));
    const signed = selfSigned(folder);
    hbase = await HBaseServer.startWithTls(signed);
    writeFileSync(join(configured.folder, "ca.pem"), signed.certificate);
  }, 600_000);
  afterAll(async () => {
    await hbase?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test("its certificate is checked, by the package and by our own requests", async () => {
    const { url } = hbase;
    expect(await cli({ url }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*signed by itself. Name it as "tls.ca"/),
    });
    const own = new HBaseBackend(hbaseSettings({ url }));
    await expect(own.collections()).rejects.toThrow(/signed by itself/);
    await own.close();
    const tls = { ca: "ca.pem" };
    expect(await cli({ url, tls }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    expect(await cli({ url, tls }, "doctor")).toMatchObject({ exitCode: 0 });
    expect(await cli({ url, tls: { ca: "nowhere.pem" } }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining("nowhere.pem"),
    });
  });
});
