import { afterAll, beforeAll } from "vitest";
import { ChromiumLab } from "../../support/agent/chromium-lab.ts";
import { writingSuite } from "../../support/agent/suites/writing-suite.ts";

let lab: ChromiumLab;
beforeAll(async () => {
  lab = await ChromiumLab.start();
});
afterAll(() => lab.close());

writingSuite(() => lab);
