import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ReportSchema } from "../../../bridge/headless/report/report-schema.ts";
import { toJsonSchema } from "../../support/json-schema.ts";
import { repositoryRoot } from "../../support/repository.ts";

test("the documented JSON schema is the one that reports have", () => {
  const file = join(repositoryRoot, "docs/command-line.schema.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(toJsonSchema(ReportSchema as never));
});
