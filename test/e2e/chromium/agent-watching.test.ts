import { afterAll, beforeAll } from "vitest";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { watchingSuite } from "../../support/agent/suites/watching-suite.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

watchingSuite(() => lab);
