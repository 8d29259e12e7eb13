import { describe, expect, test } from "vitest";
import type { JobConfig } from "../../../bridge/config/jobs-schema.ts";
import { ConfigError, parseConfig } from "../../../bridge/config/load-config.ts";
import { jobArguments } from "../../../bridge/jobs/job-arguments.ts";
import { jobInfo } from "../../../bridge/jobs/job-info.ts";
import { checkParameters } from "../../../bridge/jobs/parameters.ts";
import { fillIn, placeholdersIn } from "../../../bridge/jobs/placeholders.ts";
import { parseMappingSettings } from "../../../core/protocol/mapping-settings.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";

const FILE = "/somewhere/driftscope.config.json";
const good = { kind: "command", command: ["node", "x.mjs", "{output}"], output: { folder: "out" } };

const NOTHING_TOLD = { input: undefined, output: undefined, running: undefined, last: undefined };

function problemWith(job: object, connections?: object): string {
  try {
    parseConfig(JSON.stringify({ ...(connections ? { connections } : {}), jobs: { one: job } }), FILE);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("was accepted");
}

describe("what cannot be meant is refused with file, place and reason", () => {
  test.each([
    [{ ...good, kind: "pig" }, '$.jobs.one.kind: expected "mapreduce" or "spark" or "hive" or "command"'],
    [{ ...good, comand: [] }, '$.jobs.one: there is no setting "comand"; did you mean "command"?'],
    [{ ...good, command: [] }, "$.jobs.one.command: expected the program and its arguments"],
    [{ ...good, command: "node x" }, "$.jobs.one.command: expected Array, found"],
    [{ ...good, command: ["{output}"] }, "$.jobs.one.command: expected a program without placeholders"],
    [{ ...good, command: ["node", "{output}", "{wrong}"] }, "and {wrong} is none"],
    [{ ...good, command: ["node", "{output}", "a { b"] }, 'write "{{" for the brace itself'],
    [{ ...good, command: ["node", "x"] }, "expected {output} in the command, since there is an output"],
    [{ kind: "command", command: ["node", "{output}"] }, 'expected "output", since the command has {output}'],
    [{ ...good, command: ["node", "{output}", "{input}"] }, 'expected "input"'],
    [{ ...good, parameters: { idle: { type: "text" } } }, "expected {idle} in the command"],
    [{ ...good, parameters: { input: { type: "text" } } }, "and not input, output or manifest"],
    [
      {
        ...good,
        command: ["n", "{output}", "{a}"],
        parameters: { a: { type: "number", max: 3, default: 4 } },
      },
      "$.jobs.one.parameters.a.default: expected a number, at most 3, found 4.",
    ],
    [
      { ...good, command: ["n", "{output}", "{a}"], parameters: { a: { type: "text", patern: "x" } } },
      '$.jobs.one.parameters.a: there is no setting "patern"; did you mean "pattern"?',
    ],
    [
      { ...good, command: ["n", "{output}", "{a}"], parameters: { a: { type: "text", pattern: "(" } } },
      "$.jobs.one.parameters.a.pattern: expected a regular expression",
    ],
    [{ ...good, output: "out" }, '$.jobs.one.output: expected { "folder": "path" } or'],
    [{ ...good, timeLimitMinutes: 0 }, "$.jobs.one.timeLimitMinutes: expected >=0.01, found 0."],
    [{ ...good, environment: { TOKEN: "abc" } }, '$.jobs.one.environment.TOKEN: expected { "env": "NAME'],
  ])("%j", (job, said) => {
    const message = problemWith(job);
    expect(message.startsWith(`${FILE}: $.jobs.one`)).toBe(true);
    expect(message).toContain(said);
  });

  test("a connection that is not there, or whose backend holds no datasets", () => {
    const job = { ...good, output: { connection: "lake", collection: "totals" } };
    expect(problemWith(job, { shop: { backend: "sqlite", file: "x" } })).toBe(
      `${FILE}: $.jobs.one.output.connection: there is no connection "lake"; known are "shop".`,
    );
    expect(problemWith(job, { lake: { backend: "sqlite", file: "x" } })).toContain(
      'the backend sqlite of "lake" holds no datasets',
    );
  });
});

describe("the mapping of an output", () => {
  const lake = {
    backend: "hdfs",
    url: "http://namenode:9870",
    folder: "/driftscope",
    tablesFolder: "/tables",
  };
  const id = { column: "id", as: "text" };
  const mapping = { key: [id], fields: [{ path: ["id"], ...id }] };
  const withMapping = (given: object) => ({
    ...good,
    output: { connection: "lake", collection: "totals", mapping: given },
  });
  const at = "$.jobs.one.output.mapping";

  test("makes the table that the job writes one that a store can be compared with", () => {
    const connections = { lake: { ...lake, tables: ["totals"] } };
    const { jobs } = parseConfig(JSON.stringify({ connections, jobs: { one: withMapping(mapping) } }), FILE);
    const { dataset } = jobInfo("one", jobs?.one as JobConfig, NOTHING_TOLD);
    const fields = [{ path: ["id"], ...id, whenNull: "absent" }];
    expect(dataset).toMatchObject({ connection: "lake", collection: "totals" });
    expect(parseMappingSettings(dataset?.mapping ?? "")).toEqual({
      columns: { table: "totals", key: [id], fields },
    });
  });

  test.each([
    [{ ...mapping, keys: [] }, `${at}: there is no setting "keys"; did you mean "key"?`],
    [{ ...mapping, fields: [{ path: ["id"], column: "id" }] }, `${at}.fields[0].as: is missing.`],
    [{ ...mapping, key: [{ column: "id", as: "string" }] }, `${at}.key[0].as: expected "text" or "integer"`],
    [{ ...mapping, key: [] }, `${at}: The mapping names no key column.`],
    [
      { ...mapping, fields: [...mapping.fields, { path: ["other"], ...id }] },
      `${at}: Two fields are mapped to the column "id".`,
    ],
  ])("%j is refused with what is wrong in it", (given, said) => {
    expect(problemWith(withMapping(given), { lake: { ...lake, tables: ["*"] } })).toContain(
      `${FILE}: ${said}`,
    );
  });

  test("a table that the connection does not serve could not be compared", () => {
    expect(problemWith(withMapping(mapping), { lake: { ...lake, tables: ["others"] } })).toBe(
      `${FILE}: ${at}: the connection "lake" serves no table "totals": add it to its "tables".`,
    );
  });

  test("what is wrong inside of a transform is told as well", () => {
    const input = { connection: "lake", collection: "visits", transform: { field: {} } };
    expect(problemWith({ ...good, command: ["p", "{input}", "{output}"], input }, { lake })).toContain(
      '$.jobs.one.input.transform: there is no setting "field"; did you mean "fields"?',
    );
  });
});

describe("placeholders", () => {
  test("stand anywhere in an argument, and braces are doubled", () => {
    expect(placeholdersIn("a{b}c{d}{{e}}")).toEqual(["b", "d"]);
    expect(fillIn("{a}-{{a}}-{a}", (name) => `<${name}>`)).toBe("<a>-{a}-<a>");
  });

  test("what is filled in is not looked at again", () => {
    const command = ["p", "{output}/{word}"];
    const filled = jobArguments({ command, kind: "spark" }, { output: "file:///o" }, { word: "{output}" });
    expect(filled).toEqual(["p", "file:///o/{output}"]);
  });

  test("folders are paths for a command and URIs for the tools that take them", () => {
    const command = ["p", "{input}", "{output}"];
    const places = { input: "file:///a%20b", output: "hdfs://host/c" };
    expect(jobArguments({ command, kind: "command" }, places, {})).toEqual(["p", "/a b", "hdfs://host/c"]);
    expect(jobArguments({ command, kind: "hive" }, places, {})).toEqual([
      "p",
      "file:///a%20b",
      "hdfs://host/c",
    ]);
  });
});

describe("parameters", () => {
  const check = (parameter: object, value: unknown): unknown => {
    try {
      return checkParameters("j", { p: parameter as never }, { p: value }).p;
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  };

  test.each([
    [{ type: "text" }, "a b", "a b"],
    [{ type: "text", pattern: "-?[a-z]+" }, "-x", "-x"],
    [{ type: "number" }, "-1.5e3", -1500],
    [{ type: "number", min: 0, max: 5, integer: true }, 5, 5],
    [{ type: "boolean" }, "false", false],
    [{ type: "one-of", values: ["eu", "us"] }, "us", "us"],
  ])("%j takes %j", (parameter, value, taken) => {
    expect(check(parameter, value)).toBe(taken);
  });

  test.each([
    [{ type: "text" }, "-x", "a text on one line that does not begin with a hyphen"],
    [{ type: "text" }, "a\nb", "a text on one line"],
    [{ type: "text", pattern: "[a-z]+" }, "ab1", "a text like [a-z]+"],
    [{ type: "text", pattern: "a|b" }, "ab", "a text like a|b"],
    [{ type: "text", pattern: "[^]*" }, "a\u0000b", "a text like"],
    [{ type: "text" }, 7, "a text"],
    [{ type: "number" }, "7 apples", "a number"],
    [{ type: "number" }, "", "a number"],
    [{ type: "number" }, "Infinity", "a number"],
    [{ type: "number", min: 1, max: 5 }, 6, "a number from 1 to 5"],
    [{ type: "number", integer: true }, 1.5, "a whole number"],
    [{ type: "boolean" }, "yes", "true or false"],
    [{ type: "one-of", values: ["eu", "us"] }, "EU", "one of eu, us"],
  ])("%j refuses %j", (parameter, value, expected) => {
    expect(check(parameter, value)).toContain(`expected ${expected}`);
  });

  test("a default stands in, and what has none has to be given", () => {
    const declared = { a: { type: "number" as const, default: 3 }, b: { type: "boolean" as const } };
    expect(checkParameters("j", declared, { b: true })).toEqual({ a: 3, b: true });
    expect(() => checkParameters("j", declared, {})).toThrow('The job "j" wants a value for "b"');
  });
});
