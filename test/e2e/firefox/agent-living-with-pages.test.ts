import { afterAll, beforeAll } from "vitest";
import { FirefoxLab } from "../../support/agent/firefox-lab.ts";
import { livingWithPagesSuite } from "../../support/agent/suites/living-with-pages-suite.ts";

let lab: FirefoxLab;
beforeAll(async () => {
  lab = await FirefoxLab.start();
});
afterAll(() => lab.close());

livingWithPagesSuite(() => lab);
