import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFile } from "../../../bridge/headless/base/base-file.ts";
import { FileBaseStore } from "../../../bridge/headless/base/file-base-store.ts";
import { describeBaseStore } from "../../support/base-store-suite.ts";
import { baseIdentity } from "../../support/local-database.ts";

describeBaseStore("base in a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-base-"));
  let file: BaseFile | undefined;
  return {
    async open() {
      file?.close();
      file = new BaseFile(join(folder, "headless.sqlite"));
      return new FileBaseStore(file, baseIdentity(), { profile: "p" });
    },
    async close() {
      file?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
