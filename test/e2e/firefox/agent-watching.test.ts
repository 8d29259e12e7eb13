import { afterAll, beforeAll } from "vitest";
import { FirefoxLab } from "../../support/agent/firefox-lab.ts";
import { watchingSuite } from "../../support/agent/suites/watching-suite.ts";

let lab: FirefoxLab;
beforeAll(async () => {
  lab = await FirefoxLab.start();
});
afterAll(() => lab.close());

watchingSuite(() => lab);
