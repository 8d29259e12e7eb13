/** What a panel that is not to be trusted cannot do with drafts, by a real bridge. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { ConnectionDraft } from "../../core/protocol/connection-draft.ts";
import { create, initOf, remove } from "../conformance/suite/bed.ts";
import { freePort } from "../servers/free-ports.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";

const SECRET = "correct horse battery staple";

/** Listens as a server that sends everybody elsewhere would, and keeps what it is told. */
class Listener {
  readonly heard: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param elsewhere Where it sends who asks; absent = it refuses the login. */
  static async start(elsewhere?: Listener): Promise<Listener> {
    const server = createServer();
    const listener = new Listener(server);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (data) => {
        body += String(data);
      });
      request.on("end", () => {
        listener.heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`);
        if (elsewhere === undefined) response.writeHead(401).end();
        else response.writeHead(307, { location: `http://${elsewhere.host}${request.url}` }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return listener;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

let allowed: Listener;
let other: Listener;
let away: Listener;
let closedPort: number;
let bridge: TestBridge;
let client: BridgeClient;

const connections = { local: { backend: "sqlite", file: "local.sqlite" } };
const config = (drafts?: object): object => ({ connections, ...(drafts === undefined ? {} : { drafts }) });

const allowing = (): object => ({
  hosts: [other.host, `127.0.0.1:${closedPort}`],
  secrets: { ours: { file: "secret", hosts: [allowed.host, away.host] } },
});

const hbase = (host: string, changed: object = {}): ConnectionDraft => ({
  backend: "hbase",
  name: "drafted",
  url: `http://${host}`,
  ...changed,
});
const withLogin = { credentials: { username: "me", password: "ours" } };

beforeAll(async () => {
  [allowed, other] = [await Listener.start(), await Listener.start()];
  away = await Listener.start(other);
  closedPort = await freePort();
  bridge = await TestBridge.start(config(allowing()));
  writeFileSync(join(bridge.folder, "secret"), SECRET, { mode: 0o600 });
  ({ client } = await bridge.pair(bridge.pairing));
}, 600_000);
afterAll(async () => {
  await bridge.dispose();
  for (const listener of [allowed, other, away]) await listener.close();
});

/** The bridge goes on with another config file. */
async function restartWith(content: object): Promise<void> {
  await bridge.stop();
  writeFileSync(join(bridge.folder, "driftscope.config.json"), JSON.stringify(content));
  await bridge.run();
  await client.reconnect();
}

describe("a secret", () => {
  test("goes where the config file allows it, and its value never to the panel", async () => {
    const answers = [
      await client.tryDraft(hbase(allowed.host, withLogin)),
      await client.keepDraft(hbase(allowed.host, withLogin)),
      await client.drafts(),
      await client.check("drafted"),
      await client.connections(),
    ];
    const basic = Buffer.from(`me:${SECRET}`).toString("base64");
    expect(allowed.heard.join("\n")).toContain(basic);
    expect(answers[0]).toMatchObject([{ is: "wrong", said: expect.stringContaining("refused the login") }]);
    const told = JSON.stringify(answers);
    expect(told).toContain("drafted");
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain(basic);
  });

  test("goes to no other host: it is not even connected to", async () => {
    for (const draft of [hbase(other.host, withLogin), { ...hbase(other.host), ...withLogin, tls: {} }]) {
      await expect(client.tryDraft(draft)).rejects.toMatchObject({ code: "not-allowed" });
      await expect(client.keepDraft(draft)).rejects.toMatchObject({ code: "not-allowed" });
    }
    expect(other.heard).toEqual([]);
  });

  test("goes nowhere that the allowed host sends it to", async () => {
    const [finding] = await client.tryDraft(hbase(away.host, withLogin));
    expect(away.heard.length).toBeGreaterThan(0);
    expect(finding).toMatchObject({ is: "wrong" });
    expect(other.heard).toEqual([]);
  });
});

describe("a host that the config file does not name", () => {
  test("is not connected to, with or without a secret", async () => {
    const stranger = await Listener.start();
    const { host } = stranger;
    await expect(client.tryDraft(hbase(host))).rejects.toMatchObject({
      code: "not-allowed",
      message: expect.stringContaining(`to connect to ${host}: add it to "drafts.hosts"`),
    });
    expect(stranger.heard).toEqual([]);
    await stranger.close();
  });

  test("a closed port that it names is told as that", async () => {
    const [host] = [`127.0.0.1:${closedPort}`];
    const cassandra: ConnectionDraft = {
      backend: "cassandra",
      name: "wide",
      contactPoints: [host],
      keyspace: "app",
    };
    for (const draft of [hbase(host), cassandra]) {
      expect(await client.tryDraft(draft)).toMatchObject([
        { about: "server", is: "wrong", said: expect.stringContaining("nothing listens there") },
      ]);
    }
  });
});

test("a draft is never written to, not even in part", async () => {
  await client.keepDraft(hbase(other.host));
  const listed = (await client.connections()).find(({ name }) => name === "drafted");
  expect(listed).toMatchObject({ draft: true, level: "read-only", capabilities: { writable: false } });
  const store = client.remoteStore("drafted", "shop");
  const applyId = "a";
  const operations = [create("x", 1), remove("y", "1.z")];
  const refused = [
    { status: "rejected", code: "read-only", reason: expect.stringContaining("is a draft") },
    { status: "rejected", code: "read-only" },
  ];
  const before = other.heard.length;
  expect(await store.write(operations, { applyId })).toMatchObject(refused);
  expect(await store.settle(operations, { applyId })).toMatchObject(refused);
  expect(await store.fence(operations, { applyId })).toMatchObject(refused);
  await expect(store.init(initOf("shop"))).rejects.toThrow();
  for (const request of other.heard.slice(before)) expect(request).toMatch(/^GET /);
});

describe("what is kept", () => {
  test("others cannot read, and the bridge serves it when it starts again", async () => {
    await client.keepDraft(hbase(allowed.host, withLogin));
    const folder = join(bridge.dataDir, "drafts");
    expect(readdirSync(folder)).toEqual(["drafted.json"]);
    expect(statSync(join(folder, "drafted.json")).mode & 0o777).toBe(0o600);
    await restartWith(config(allowing()));
    expect(await client.connections()).toMatchObject([{ name: "local" }, { name: "drafted", draft: true }]);
  });

  test("is not served any more when the config file allows it no more, and comes back with it", async () => {
    await restartWith(config({ hosts: [other.host] }));
    expect(await client.connections()).toMatchObject([{ name: "local" }]);
    expect((await client.drafts()).drafts).toMatchObject([
      { draft: { name: "drafted" }, problem: expect.stringContaining(`connect to ${allowed.host}`) },
    ]);
    await restartWith(config());
    expect(await client.drafts()).toMatchObject({
      drafts: [{ problem: expect.stringContaining("does not allow drafts") }],
    });
    expect((await client.drafts()).rules).toBeUndefined();
    await expect(client.keepDraft(hbase(allowed.host))).rejects.toMatchObject({ code: "not-allowed" });
    await restartWith(config(allowing()));
    expect(await client.connections()).toMatchObject([{ name: "local" }, { name: "drafted", draft: true }]);
  });

  test("gives its configuration, which the bridge takes as a connection of the file; that one wins", async () => {
    const [kept] = (await client.drafts()).drafts;
    const { connections: copied } = JSON.parse(kept?.configuration ?? "");
    expect(copied.drafted).toMatchObject({
      credentials: { password: { file: "secret" } },
      level: "read-only",
    });
    const written = { ...connections, drafted: { ...copied.drafted, level: "confirm" } };
    await restartWith({ connections: written, drafts: allowing() });
    const drafted = (await client.connections()).filter(({ name }) => name === "drafted");
    expect(drafted).toMatchObject([{ level: "confirm", capabilities: { writable: true } }]);
    expect(drafted[0]?.draft).toBeUndefined();
    expect((await client.drafts()).drafts).toMatchObject([
      { problem: expect.stringContaining("remove the draft") },
    ]);
    await expect(client.keepDraft(hbase(allowed.host))).rejects.toMatchObject({ code: "bad-name" });
    // Removing the draft leaves the connection of the file.
    expect((await client.removeDraft("drafted")).drafts).toEqual([]);
    expect(await client.connections()).toMatchObject([
      { name: "local" },
      { name: "drafted", level: "confirm" },
    ]);
    await restartWith(config(allowing()));
  });

  test("is forgotten when it is removed", async () => {
    await client.keepDraft(hbase(allowed.host));
    await client.removeDraft("drafted");
    expect(await client.connections()).toMatchObject([{ name: "local" }]);
    expect(readdirSync(join(bridge.dataDir, "drafts"))).toEqual([]);
    await expect(client.check("drafted")).rejects.toMatchObject({ code: "unknown-connection" });
  });

  test("takes no name of the config file's", async () => {
    await expect(client.keepDraft(hbase(other.host, { name: "local" }))).rejects.toMatchObject({
      code: "bad-name",
    });
    await client.removeDraft("local");
    expect(await client.connections()).toMatchObject([{ name: "local", level: "confirm" }]);
  });
});
