import { afterAll, beforeAll } from "vitest";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { readingSuite } from "../../support/agent/suites/reading-suite.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

readingSuite(() => lab);
