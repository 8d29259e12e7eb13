import { afterAll, beforeAll } from "vitest";
import { FirefoxLab } from "../../support/agent/firefox-lab.ts";
import { schemaSuite } from "../../support/agent/suites/schema-suite.ts";

let lab: FirefoxLab;
beforeAll(async () => {
  lab = await FirefoxLab.start();
});
afterAll(() => lab.close());

schemaSuite(() => lab);
