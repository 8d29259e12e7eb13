import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { topicName } from "../../../bridge/backends/kafka/topic-names.ts";
import { create, initOf, readOne, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";
import { KafkaOwner } from "./kafka-owner.ts";
import { KafkaServer } from "./kafka-server.ts";

let configured: ConfiguredCli;
beforeAll(async () => {
  configured = await ConfiguredCli.start();
});
afterAll(() => configured.dispose());

const doctor = (settings: object): Promise<CliResult> =>
  configured.run({ backend: "kafka", requestTimeoutMs: 5000, ...settings }, "doctor");

describe("driftscope doctor", () => {
  test("says what is right, and what is in doubt, of a cluster of one open broker", async () => {
    const prefix = freshPrefix();
    const bed = kafkaBed({ prefix });
    await (await bed.store("todos")).init(initOf("todos"));
    await bed.dispose();
    const found = await doctor({ brokers: [inject("kafka")], prefix });
    expect(found).toMatchObject({ exitCode: 0, stderr: "" });
    expect(found.stdout).toMatch(/ok server: Kafka/);
    expect(found.stdout).toMatch(/\?\? topic \S+\.todos: there is one copy/);
    expect(found.stdout).toMatch(/ok writing: is allowed/);
    expect(found.stdout).toMatch(/\?\? access: .*no login/);
    expect(found.stdout).toMatch(/ok copies: 0\.0 MB .*kafka/);
  });

  test("a port where nobody listens, and one where something else does, are told with what to do", async () => {
    const port = await freePort();
    expect(await doctor({ brokers: [`127.0.0.1:${port}`] })).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: nothing listens there/),
    });
    const [host, known] = inject("kafka").split(":");
    expect(await doctor({ brokers: [`${host}:${port}`, `${host}:${known}`] })).toMatchObject({ exitCode: 0 });
  });

  test("TLS to a port that speaks none does not connect", async () => {
    expect(await doctor({ brokers: [inject("kafka")], tls: {} })).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*Kafka at \S+ (cannot be reached|did not answer)/),
    });
  });

  test("a broker that answers nothing is given up in time", async () => {
    const silent = await KafkaServer.start();
    try {
      await silent.server.freeze();
      expect(await doctor({ brokers: [silent.broker], requestTimeoutMs: 1000 })).toMatchObject({
        exitCode: 3,
        stdout: expect.stringMatching(/!! server: .*did not answer when asked to .*1000 ms/),
      });
    } finally {
      await silent.dispose();
    }
  }, 600_000);
});

describe("a topic that cannot hold a collection is told with the next step, and nothing of it is lost or written", () => {
  const prefix = freshPrefix();
  let owner: KafkaOwner;
  beforeAll(() => {
    owner = new KafkaOwner(inject("kafka"));
  });
  afterAll(() => owner.close());

  test.each([
    ["that is not compacted", { "cleanup.policy": "delete" }, 1, /cleanup\.policy=delete.*kafka-configs\.sh/],
    [
      "that is compacted and deleted",
      { "cleanup.policy": "compact,delete" },
      1,
      /cleanup\.policy=compact,delete/,
    ],
    ["of several partitions", { "cleanup.policy": "compact" }, 3, /has 3 partitions/],
  ])("one %s", async (name, configs, partitions, said) => {
    const topic = topicName(prefix, name);
    await owner.create(topic, configs, partitions);
    const bed = kafkaBed({ prefix });
    try {
      const store = await bed.store(name);
      const error = { code: "not-set-up", message: expect.stringMatching(said) };
      await expect(store.meta()).rejects.toMatchObject(error);
      await expect(store.init(initOf(name))).rejects.toMatchObject(error);
      expect(await writeOne(store, create("a", 1))).toMatchObject({
        status: "rejected",
        reason: expect.stringMatching(said),
      });
    } finally {
      await bed.dispose();
    }
    expect((await owner.consume(topic)).end).toBe(0);
    const found = await doctor({ brokers: [inject("kafka")], prefix });
    expect(found.exitCode).toBe(3);
    expect(found.stdout).toMatch(said);
  });

  test("one that has lost its beginning", async () => {
    const bed = kafkaBed({ prefix: `${prefix}-lost` });
    const topic = topicName(`${prefix}-lost`, "todos");
    try {
      const store = await bed.store("todos");
      await store.init(initOf("todos"));
      tokenOf(await writeOne(store, create("a", 1)));
      // A topic that is compacted alone gives nothing away.
      await owner.configure(topic, { "cleanup.policy": "compact,delete" });
      await expect.poll(() => owner.deleteBefore(topic, 2).then(() => "deleted", String)).toBe("deleted");
      await owner.configure(topic, { "cleanup.policy": "compact" });
      const error = {
        code: "corrupt",
        message: expect.stringMatching(/lost its beginning.*another collection/),
      };
      await expect(readOne(store, "a")).rejects.toMatchObject(error);
      // Also of who reads it for the first time.
      const later = kafkaBed({ prefix: `${prefix}-lost` });
      await expect(readOne(await later.store("todos"), "a")).rejects.toMatchObject(error);
      await later.dispose();
      const { end } = await owner.consume(topic);
      expect(await writeOne(store, create("b", 1))).toMatchObject({ status: "rejected" });
      expect((await owner.consume(topic)).end).toBe(end);
    } finally {
      await bed.dispose();
    }
  });

  test("one that was deleted and made anew is another collection", async () => {
    const of = `${prefix}-anew`;
    const bed = kafkaBed({ prefix: of });
    try {
      const store = await bed.store("todos");
      const made = await store.init(initOf("todos"));
      tokenOf(await writeOne(store, create("a", 1)));
      await owner.delete(topicName(of, "todos"));
      await expect.poll(() => store.meta(), { timeout: 60_000 }).toBeUndefined();
      const again = await store.init(initOf("todos"));
      expect(again.incarnation).not.toBe(made.incarnation);
      expect((await readOne(store, "a")).state).toBe("absent");
    } finally {
      await bed.dispose();
    }
  });

  test("a record that is larger than the topic takes is refused before it is sent, its neighbours are written", async () => {
    const of = `${prefix}-small`;
    await owner.create(topicName(of, "todos"), { "cleanup.policy": "compact", "max.message.bytes": 100_000 });
    const bed = kafkaBed({ prefix: of });
    try {
      const store = await bed.store("todos");
      await store.init(initOf("todos"));
      const outcomes = await store.write([create("large", "x".repeat(100_000)), create("small", 1)], {
        applyId: "one",
      });
      expect(outcomes).toMatchObject([
        { status: "rejected", code: "too-large", reason: expect.stringContaining("max.message.bytes") },
        { status: "applied" },
      ]);
      tokenOf(await writeOne(store, create("fits", "x".repeat(98_500))));
    } finally {
      await bed.dispose();
    }
  });
});

describe("brokers with logins, rights and TLS", () => {
  const password = "a secret of the tests";
  let broker: KafkaServer;
  let owner: KafkaOwner;
  beforeAll(async () => {
    const logins = ["admin", "writer", "reader"].map((username) => ({ username, password }));
    broker = await KafkaServer.start({ logins });
    owner = new KafkaOwner(broker.broker);
    for (const [name, secret] of Object.entries({ password, wrong: "another" })) {
      writeFileSync(join(configured.folder, name), secret, { mode: 0o600 });
    }
    writeFileSync(join(configured.folder, "ca.pem"), broker.certificate?.certificate ?? "");
  }, 600_000);
  afterAll(async () => {
    await owner?.close();
    await broker?.dispose();
  });

  const login = (username: string, file = "password"): object => ({
    mechanism: "PLAIN",
    username,
    password: { file },
  });

  test.each([
    ["no login", {}, /!! server: .*did not answer.*"sasl"/],
    ["a wrong password", { sasl: login("admin", "wrong") }, /!! server: .*refused the login.*"sasl"/],
    [
      "a mechanism that the broker does not know",
      { sasl: { ...login("admin"), mechanism: "SCRAM-SHA-256" } },
      /!! server: .*refused the login/,
    ],
  ])("%s is told", async (_, settings, said) => {
    const found = await doctor({ brokers: [broker.sasl], ...settings });
    expect(found.exitCode).toBe(3);
    expect(found.stdout).toMatch(said);
    expect(found.stdout).not.toContain(password);
  });

  test.each(["SCRAM-SHA-256", "SCRAM-SHA-512"] as const)(
    "a login by %s is taken, and a wrong password is not",
    async (mechanism) => {
      const settings = { brokers: [broker.saslTls], tls: { ca: "ca.pem" } };
      const found = await doctor({ ...settings, sasl: { ...login("admin"), mechanism } });
      expect(found).toMatchObject({ exitCode: 0 });
      expect(found.stdout).toMatch(/ok access: takes a login/);
      for (const wrong of [login("admin", "wrong"), login("nobody")]) {
        const refused = await doctor({ ...settings, sasl: { ...wrong, mechanism } });
        expect(refused).toMatchObject({
          exitCode: 3,
          stdout: expect.stringMatching(/!! server: .*refused the login.*"sasl"/),
        });
        expect(refused.stdout).not.toContain(password);
      }
    },
  );

  test("what a login by SCRAM writes is read by another one, also where the first broker of the list is away", async () => {
    const port = await freePort();
    const [host = "", known] = broker.sasl.split(":");
    const brokers = [port, known].map((one) => ({ host, port: Number(one) }));
    const sasl = () => ({ mechanism: "SCRAM-SHA-512" as const, username: "admin", password });
    const prefix = freshPrefix();
    const [writer, reader] = [
      kafkaBed({ prefix, brokers, sasl }),
      kafkaBed({ prefix, broker: broker.broker }),
    ];
    try {
      const store = await writer.store("todos");
      await store.init(initOf("todos"));
      const token = tokenOf(await writeOne(store, create("a", 1)));
      expect(await readOne(await reader.store("todos"), "a")).toMatchObject({ token });
    } finally {
      await writer.dispose();
      await reader.dispose();
    }
  });

  test("a certificate that nobody trusts is refused, and taken where it is named", async () => {
    const settings = { brokers: [broker.saslTls], sasl: login("admin") };
    expect(await doctor({ ...settings, tls: {} })).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*certificate.*"tls\.ca"/),
    });
    const trusted = await doctor({ ...settings, tls: { ca: "ca.pem" } });
    expect(trusted).toMatchObject({ exitCode: 0 });
    expect(trusted.stdout).toMatch(/ok access: takes a login/);
    expect(await doctor({ brokers: [broker.tls], tls: { ca: "ca.pem" } })).toMatchObject({ exitCode: 0 });
  });

  test("a login without rights, and one that may read alone, are told what is missing", async () => {
    const prefix = freshPrefix();
    const as = (username: string) =>
      kafkaBed({
        prefix,
        broker: broker.sasl,
        sasl: () => ({ mechanism: "PLAIN", username, password }),
      });
    const writer = as("writer");
    await expect((await writer.store("todos")).init(initOf("todos"))).rejects.toMatchObject({
      code: "unauthorized",
      message: expect.stringMatching(/grant it .*Create/),
    });
    await owner.grant("writer", "TOPIC", prefix, ["READ", "WRITE", "CREATE", "DESCRIBE_CONFIGS"]);
    await owner.grant("writer", "TRANSACTIONAL_ID", prefix, ["WRITE"]);
    const store = await writer.store("todos");
    await expect
      .poll(() => store.init(initOf("todos")).then(() => "made", String), { timeout: 60_000 })
      .toBe("made");
    const token = tokenOf(await writeOne(store, create("a", 1)));
    await writer.dispose();

    await owner.grant("reader", "TOPIC", prefix, ["READ", "DESCRIBE_CONFIGS"]);
    const reader = as("reader");
    try {
      const read = await reader.store("todos");
      await expect.poll(() => readOne(read, "a").catch(String), { timeout: 60_000 }).toMatchObject({ token });
      expect(await writeOne(read, create("b", 1))).toMatchObject({
        status: "rejected",
        code: "unauthorized",
        reason: expect.stringContaining("grant it"),
      });
    } finally {
      await reader.dispose();
    }
    const found = await doctor({ brokers: [broker.sasl], prefix, sasl: login("reader") });
    expect(found.stdout).toMatch(/\?\? topic .*may not write it/);
    expect(found.stdout).toMatch(/\?\? writing: /);
  }, 600_000);
});
