import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFile } from "../../../bridge/headless/base/base-file.ts";
import { FileBaseStore } from "../../../bridge/headless/base/file-base-store.ts";
import { baseIdentity } from "../../support/local-database.ts";
import { baseStoreSuite } from "./base-store-suite.ts";

baseStoreSuite(() => {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-base-"));
  return {
    async open() {
      const file = new BaseFile(join(folder, "headless.sqlite"));
      return {
        store: new FileBaseStore(file, baseIdentity(), { profile: "p" }),
        close: () => file.close(),
      };
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});
