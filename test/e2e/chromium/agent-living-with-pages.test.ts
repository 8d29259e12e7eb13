import { afterAll, beforeAll } from "vitest";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { livingWithPagesSuite } from "../../support/agent/suites/living-with-pages-suite.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

livingWithPagesSuite(() => lab);
