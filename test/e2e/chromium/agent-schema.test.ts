import { afterAll, beforeAll } from "vitest";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { schemaSuite } from "../../support/agent/suites/schema-suite.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

schemaSuite(() => lab);
