import { expect, test } from "vitest";
import { jobResult } from "../../../bridge/cli/job-result.ts";
import { parseConfig } from "../../../bridge/config/load-config.ts";

const inLake = { connection: "lake", collection: "totals" };
const id = { column: "id", as: "text" };
const job = (output: object) => ({ kind: "hive", command: ["hive", "{output}"], output });
const { jobs = {} } = parseConfig(
  JSON.stringify({
    connections: {
      lake: { backend: "hdfs", url: "http://namenode:9870", folder: "/own", tables: ["totals"] },
    },
    jobs: {
      mapped: job({ ...inLake, mapping: { key: [id], fields: [{ path: ["id"], ...id }] } }),
      unmapped: job(inLake),
      local: job({ folder: "out" }),
    },
  }),
  "driftscope.config.json",
);
const config = { jobs };

test("a job's result is where its output is, mapped as the config file says", () => {
  expect(jobResult("mapped", config)).toEqual({
    connection: "lake",
    settings: {
      columns: { table: "totals", key: [id], fields: [{ path: ["id"], ...id, whenNull: "absent" }] },
    },
  });
});

test.each([
  ["none", 'There is no job "none": the config file has "mapped", "unmapped", "local".'],
  ["unmapped", 'add "mapping" to its output, or name --connection lake, --table totals and --mapping'],
  ["local", "makes no dataset of a connection"],
])("%s has none, with the next step", (name, said) => {
  expect(() => jobResult(name, config)).toThrow(said);
});
