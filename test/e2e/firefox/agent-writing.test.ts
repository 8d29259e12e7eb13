import { afterAll, beforeAll } from "vitest";
import { FirefoxLab } from "../../support/agent/firefox-lab.ts";
import { writingSuite } from "../../support/agent/suites/writing-suite.ts";

let lab: FirefoxLab;
beforeAll(async () => {
  lab = await FirefoxLab.start();
});
afterAll(() => lab.close());

writingSuite(() => lab);
