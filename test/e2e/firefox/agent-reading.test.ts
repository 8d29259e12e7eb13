import { afterAll, beforeAll } from "vitest";
import { FirefoxLab } from "../../support/agent/firefox-lab.ts";
import { readingSuite } from "../../support/agent/suites/reading-suite.ts";

let lab: FirefoxLab;
beforeAll(async () => {
  lab = await FirefoxLab.start();
});
afterAll(() => lab.close());

readingSuite(() => lab);
