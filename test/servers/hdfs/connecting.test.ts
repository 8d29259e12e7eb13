import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { create, freshStore, scanAll, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { selfSigned } from "../self-signed.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";
import { webHdfs } from "./hdfs-files.ts";
import { HdfsServer } from "./hdfs-server.ts";

let configured: ConfiguredCli;
beforeAll(async () => {
  configured = await ConfiguredCli.start();
});
afterAll(() => configured.dispose());

const cli = (settings: object, ...args: string[]): Promise<CliResult> =>
  configured.run({ backend: "hdfs", url: inject("hdfs"), user: "root", ...settings }, ...args);

describe("driftscope doctor", () => {
  test("a folder that is not there yet is fine, and everything that a push takes is looked at", async () => {
    const healthy = await cli({ folder: freshFolder() }, "doctor", "far");
    expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
    for (const about of ["server", "writing", "DataNode"]) expect(healthy.stdout).toContain(`ok ${about}: `);
    expect(healthy.stdout).toMatch(/ok folder \S+: is not there yet: the first collection makes it/);
  });

  test("a port where nobody listens, and one where something else does, are told with what to do", async () => {
    const port = await freePort();
    expect(await cli({ url: `http://127.0.0.1:${port}` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: nothing listens there/),
    });
    expect(await cli({ url: `${inject("hdfs")}/elsewhere` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*Is "url" that of a NameNode or gateway\?/),
    });
  });

  test("a folder that others may not write to is told, with who was refused", async () => {
    const fs = webHdfs();
    const folder = freshFolder();
    await fs.makeFolder(folder);
    fs.close();
    const { exitCode, stdout } = await cli({ folder, user: "alice" }, "doctor");
    expect(stdout).toMatch(/\? writing: .*Permission denied: user=alice/);
    expect(exitCode).toBe(0);
  });

  test("a file in place of the folder is told", async () => {
    const fs = webHdfs();
    const folder = freshFolder();
    await fs.create(folder, { chunks: [Buffer.from("x")], bytes: 1 });
    fs.close();
    expect(await cli({ folder }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! folder \S+: is a file/),
    });
  });
});

describe("driftscope compact", () => {
  test("merges all segments into one of the connection's format, and tells what there was and is", async () => {
    const folder = freshFolder();
    const bed = directBed(freshBackend({ folder }));
    const { store, collection } = await freshStore(bed);
    for (const key of ["a", "b", "c"]) await writeOne(store, create(key, key));
    const before = await scanAll(store);
    const args = ["compact", "--connection", "far", "--collection", collection];
    const merged = await cli({ folder, format: "parquet" }, ...args);
    expect(merged).toMatchObject({ exitCode: 0, stderr: "" });
    expect(merged.stdout).toMatch(
      /before {2}3 segments \(ndjson\), .*\n {2}after {3}1 segment \(parquet\), /,
    );
    expect(await scanAll(store)).toEqual(before);
    const again = await cli({ folder, format: "parquet" }, ...args);
    expect(again.stdout).toMatch(/before {2}1 segment .*\n {2}after {3}1 segment /);
    await bed.dispose();
  });

  test("writes nothing where nothing may be written, and names what is not there", async () => {
    const args = ["compact", "--connection", "far", "--collection", "nobody's"];
    expect(await cli({ folder: freshFolder(), level: "read-only" }, ...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("is read-only"),
    });
    expect(await cli({ folder: freshFolder() }, ...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`There is no collection "nobody's" yet`),
    });
  });
});

test("a writer without the right to is refused with who it is, and nothing is left behind", async () => {
  const folder = freshFolder();
  const owner = directBed(freshBackend({ folder }));
  const { store, collection } = await freshStore(owner);
  await writeOne(store, create("a", 1));
  const alice = directBed(freshBackend({ folder, user: "alice" }));
  const theirs = await alice.store(collection);
  expect(await scanAll(theirs)).toHaveLength(1);
  expect(await writeOne(theirs, create("b", 1))).toMatchObject({
    status: "rejected",
    code: "unauthorized",
    reason: expect.stringContaining("user=alice"),
  });
  expect(await scanAll(store)).toHaveLength(1);
  await Promise.all([owner.dispose(), alice.dispose()]);
});

/** As Knox and HttpFS do: one address for everything, which also sends the data on, and asks for a login. */
function gateway(
  isAllowed: (authorization: string | undefined, url: string) => boolean,
): Parameters<typeof createServer>[1] {
  return (asked, answer) => {
    if (!isAllowed(asked.headers.authorization, asked.url ?? "")) {
      answer.writeHead(401, { "www-authenticate": "Basic" }).end("<html>Who are you?</html>");
      return;
    }
    const path = asked.url?.replace(/^\/gateway\/default/, "") ?? "/";
    const [, data] = /[?&]to=([^&]+)/.exec(path) ?? [];
    const target = data === undefined ? `${inject("hdfs")}${path}` : decodeURIComponent(data);
    const { authorization: _, host: __, ...headers } = asked.headers;
    const sent = request(target, { method: asked.method ?? "GET", headers }, (got) => {
      const { location, ...rest } = got.headers;
      const through = `http://${asked.headers.host}/gateway/default/data?to=${encodeURIComponent(location ?? "")}`;
      answer.writeHead(got.statusCode ?? 502, {
        ...rest,
        ...(location === undefined ? {} : { location: through }),
      });
      got.pipe(answer);
    });
    asked.pipe(sent);
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("behind a gateway with a path and a login", () => {
  const basic = `Basic ${Buffer.from("someone:of the gateway").toString("base64")}`;
  const asked: string[] = [];
  const server = createServer(
    gateway((login, url) => {
      asked.push(url);
      return login === basic || login === "Bearer a token";
    }),
  );
  let url: string;
  beforeAll(async () => {
    url = `http://127.0.0.1:${await listening(server)}/gateway/default`;
    for (const [name, secret] of Object.entries({
      password: "of the gateway",
      token: "a token",
      wrong: "another",
    })) {
      writeFileSync(join(configured.folder, name), secret, { mode: 0o600 });
    }
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("it works with a password or a bearer token, and says so without", async () => {
    for (const credentials of [
      { username: "someone", password: { file: "password" } },
      { bearer: { file: "token" } },
    ]) {
      expect(await cli({ url, credentials }, "doctor")).toMatchObject({ exitCode: 0 });
    }
    for (const settings of [{}, { credentials: { bearer: { file: "wrong" } } }]) {
      expect(await cli({ url, ...settings }, "doctor")).toMatchObject({
        exitCode: 3,
        stdout: expect.stringMatching(/!! server: .*refuses the login.*"credentials"/),
      });
    }
  });

  // A cluster that checks tokens needs Kerberos: here it is seen that it gets the token, and no other name.
  test("a delegation token stands in place of a user", async () => {
    writeFileSync(join(configured.folder, "delegation"), "abc123", { mode: 0o600 });
    const credentials = { bearer: { file: "token" } };
    asked.length = 0;
    const settings = { url, credentials, delegationToken: { file: "delegation" } };
    expect(await cli(settings, "doctor")).toMatchObject({ exitCode: 0 });
    const operations = asked.filter((one) => one.includes("op="));
    expect(operations.length).toBeGreaterThan(0);
    for (const one of operations) {
      expect(one).toMatch(/delegation=abc123/);
      expect(one).not.toMatch(/[?&]user\.name=/);
    }
  });

  test("data goes through it, too, with the login", async () => {
    const bed = directBed(freshBackend({ url, authorization: () => basic }));
    const { store } = await freshStore(bed);
    const operations = Array.from({ length: 1000 }, (_, i) => create(i, "x".repeat(500)));
    const outcomes = await store.write(operations, { applyId: crypto.randomUUID() });
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["applied"]));
    expect(await scanAll(store)).toHaveLength(1000);
    await bed.dispose();
  });
});

describe("nodes with TLS", () => {
  let folder: string;
  let hdfs: HdfsServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "driftscope-tls-"));
    const signed = selfSigned(folder);
    hdfs = await HdfsServer.startWithTls(signed);
    writeFileSync(join(configured.folder, "ca.pem"), signed.certificate);
  }, 600_000);
  afterAll(async () => {
    await hdfs?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the certificates of both are checked", async () => {
    const { url } = hdfs;
    expect(await cli({ url }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*signed by itself. Name it as "tls.ca"/),
    });
    const tls = { ca: "ca.pem" };
    const healthy = await cli({ url, tls }, "doctor");
    expect(healthy).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("ok DataNode: ") });
  });
});
