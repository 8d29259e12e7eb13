import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigSchema, DEFAULT_PORT } from "../../../bridge/config/config-schema.ts";
import { ConfigError, loadConfig, parseConfig } from "../../../bridge/config/load-config.ts";
import { nearestName } from "../../../bridge/config/nearest-name.ts";
import { toJsonSchema } from "../../support/json-schema.ts";
import { repositoryRoot } from "../../support/repository.ts";

const FILE = "/somewhere/driftscope.config.json";

function errorOf(content: unknown): ConfigError {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  try {
    parseConfig(text, FILE);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

const shop = { backend: "sqlite", file: "shop.sqlite" };

describe("what is wrong is named with file, place, expectation and finding", () => {
  test.each([
    [{ port: "7411" }, '$.port: expected number, found "7411".'],
    [{ port: 70_000 }, "$.port: expected <=65535, found 70000."],
    [
      { connections: { shop: { ...shop, level: "readonly" } } },
      '$.connections.shop.level: expected "read-only" or "confirm" or "unattended", found "readonly".',
    ],
    [{ connections: { shop: { backend: "sqlite" } } }, "$.connections.shop.file: is missing."],
    [
      { connections: { shop: { ...shop, file: "" } } },
      '$.connections.shop.file: expected the path of a file, found "".',
    ],
    [
      { connections: { shop: { backend: "mysql", file: "x" } } },
      '$.connections.shop.backend: expected "sqlite" or "cassandra" or "hbase" or "ignite" or "hdfs" or "kafka" or "sqoop", found "mysql".',
    ],
    [{ connections: { "my shop": shop } }, '$.connections["my shop"]: expected 1 to 63 letters'],
    [
      { connections: { shop: { ...shop, collections: ["a", 7] } } },
      "$.connections.shop.collections[1]: expected string, found 7.",
    ],
    [{ connections: [] }, "$.connections: expected an object, found []."],
    [{ policies: [] }, "$.policies: expected an object, found []."],
    [{ drafts: { secrets: [] } }, "$.drafts.secrets: expected an object, found []."],
    [{ drafts: [] }, "$.drafts: expected an object, found []."],
    [
      { drafts: { hosts: ["db.example"] } },
      '$.drafts.hosts[0]: expected a host with its port, "db.example:9042", or "*" for any, found "db.example".',
    ],
    [
      { drafts: { secrets: { mine: { env: "X", hosts: ["*"] } } } },
      '$.drafts.secrets.mine.hosts[0]: expected a host with its port: "db.example:9042", found "*".',
    ],
    [
      { drafts: { secrets: { mine: { env: "X", hosts: [] } } } },
      "$.drafts.secrets.mine.hosts: expected at least one host, found [].",
    ],
    [
      { drafts: { secrets: { mine: { env: "X" } } } },
      '$.drafts.secrets.mine: expected { "env": "NAME_OF_A_VARIABLE", "hosts": ["host:port"] } or { "file": "path",',
    ],
    [{ drafts: { secrets: { "my secret": {} } } }, '$.drafts.secrets["my secret"]: expected 1 to 63 letters'],
    [{ drafts: { host: [] } }, '$.drafts: there is no setting "host"; did you mean "hosts"?'],
    [
      { connections: { far: { backend: "ignite", url: "http://x", secretKey: "plain" } } },
      '$.connections.far.secretKey: expected { "env": "NAME_OF_A_VARIABLE" } or { "file": "path" }, found "plain".',
    ],
    [
      { connections: { far: { backend: "sqoop", connect: "jdbc:postgresql://h/d?password=x" } } },
      '$.connections.far.connect: expected no login in the address: name it as "credentials"',
    ],
    [
      { connections: { far: { backend: "sqoop", connect: "h:5432/d" } } },
      "$.connections.far.connect: expected a JDBC address: jdbc:postgresql://HOST:PORT/DATABASE",
    ],
    [
      { connections: { far: { backend: "sqoop", connect: "jdbc:mysql://me:mine@h/d" } } },
      '$.connections.far.connect: expected no login in the address: name it as "credentials"',
    ],
    [
      {
        connections: {
          far: { backend: "sqoop", connect: "jdbc:postgresql://h/d", queries: { a: "SELECT 1" } },
        },
      },
      "$.connections.far.queries.a: expected $CONDITIONS in the query, where Sqoop puts what it reads: WHERE $CONDITIONS",
    ],
    [{ policies: { mine: {} } }, "$.policies.mine.module: is missing."],
    [
      { policies: { mine: { module: "" } } },
      '$.policies.mine.module: expected the path of a JavaScript module, found "".',
    ],
    [
      { policies: { mine: { module: "x.mjs", timeoutMs: 0 } } },
      "$.policies.mine.timeoutMs: expected >=1, found 0.",
    ],
    [{ journal: { days: 0 } }, "$.journal.days: expected >=1, found 0."],
    [{ journal: { megabyte: 5 } }, '$.journal: there is no setting "megabyte"; did you mean "megabytes"?'],
    ["[]", "$: expected an object, found []."],
  ])("%j", (content, message) => {
    const error = errorOf(content);
    expect(error.code).toBe("config-invalid");
    expect(error.message).toContain(`${FILE}: ${message}`);
  });

  test("everything that is wrong, a line each", () => {
    const lines = errorOf({
      port: -1,
      dataDir: 5,
      connections: { a: shop, b: { ...shop, level: 1 } },
    }).message.split("\n");
    expect(lines).toHaveLength(3);
  });

  test("unknown settings, with the one that was probably meant", () => {
    expect(errorOf({ prot: 1 }).message).toContain('$: there is no setting "prot"; did you mean "port"?');
    expect(errorOf({ connection: {} }).message).toContain('did you mean "connections"?');
    expect(errorOf({ colour: 1 }).message).toContain(
      "known are $schema, connections, drafts, policies, jobs, schedules, journal, port, dataDir",
    );
    const inside = errorOf({ connections: { shop: { ...shop, lvel: "confirm" } } }).message;
    expect(inside).toContain('$.connections.shop: there is no setting "lvel"; did you mean "level"?');
    expect(errorOf({ policies: { mine: { module: "x.mjs", timeout: 5 } } }).message).toContain(
      '$.policies.mine: there is no setting "timeout"; did you mean "timeoutMs"?',
    );
  });

  test.each([
    ['{\n  "port": 7411,\n}', "3:1", '"}"'],
    ['{"port": 07411}', "1:10", '"0"'],
    ["{'port': 1}", "1:2", '"\'"'],
    ['{\n  "port": 1\n', "3:1", "the end of the file"],
    ['{"a": "x\ny"}', "1:7", '"\\""'],
    ["", "1:1", "the end of the file"],
    ['{"port": 1} extra', "1:13", '"e"'],
    ["// comment\n{}", "1:1", '"/"'],
  ])("syntax: %j at %s", (text, position, found) => {
    const error = errorOf(text);
    expect(error.code).toBe("config-syntax");
    expect(error.message).toBe(`${FILE}:${position}: this is not JSON: did not expect ${found} here.`);
  });
});

describe("loading", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "driftscope-config-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("without a file gives one SQLite connection in the data folder", () => {
    const config = loadConfig({ dataDir: "data" }, folder);
    expect(config).toMatchObject({ file: undefined, port: DEFAULT_PORT, dataDir: join(folder, "data") });
    expect(config.connections).toEqual({
      local: { backend: "sqlite", file: join(folder, "data", "local.sqlite"), level: "confirm" },
    });
  });

  test("finds the file in the working folder; options win over it; paths are relative to it", () => {
    writeFileSync(
      join(folder, "driftscope.config.json"),
      JSON.stringify({ port: 1234, dataDir: "d", connections: { shop } }),
    );
    const config = loadConfig({}, folder);
    expect(config).toMatchObject({ port: 1234, dataDir: join(folder, "d"), folder });
    expect(config.connections).toEqual({ shop: { ...shop, level: "confirm" } });
    expect(config.policies).toEqual({});
    expect(loadConfig({ port: 0, dataDir: "other" }, folder)).toMatchObject({
      port: 0,
      dataDir: join(folder, "other"),
    });
  });

  test("of a named file that is missing says so and how to write one", () => {
    expect(() => loadConfig({ file: "nowhere.json" }, folder)).toThrow(
      expect.objectContaining({
        code: "config-unreadable",
        message: expect.stringContaining("driftscope init"),
      }),
    );
  });
});

test("the nearest name is a near one", () => {
  const known = ["port", "connections", "dataDir"];
  expect(nearestName("prot", known)).toBe("port");
  expect(nearestName("datadir", known)).toBe("dataDir");
  expect(nearestName("conections", known)).toBe("connections");
  expect(nearestName("zzzz", known)).toBeUndefined();
  expect(nearestName("a", [])).toBeUndefined();
});

test("the JSON Schema that editors use says the same as the bridge", () => {
  const file = join(repositoryRoot, "bridge/config/driftscope.config.schema.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(toJsonSchema(ConfigSchema as never));
});
