import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCapabilities } from "../../bridge/backends/backend.ts";
import { SqliteBackend } from "../../bridge/backends/sqlite/sqlite-backend.ts";
import { DirectRemoteStore } from "../../bridge/headless/remote/direct-remote-store.ts";
import { Journal } from "../../bridge/journal/journal.ts";
import { CollectionWriter } from "../../bridge/server/collection-writer.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";

conformanceSuite(
  "SQLite in this process",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-sqlite-"));
    const backend = new SqliteBackend({ file: join(folder, "test.sqlite") });
    const journal = new Journal(join(folder, "journal"));
    return {
      store: async (name) => {
        const ends = {
          name: { connection: "direct", collection: name },
          collection: backend.collection(name),
        };
        const { capabilities } = backend;
        const writer = new CollectionWriter({ ...ends, capabilities, readOnly: undefined, journal });
        return new DirectRemoteStore({
          name: ends.name,
          served: { collection: ends.collection, writer, readOnly: undefined, initRefusal: undefined },
          capabilities: { ...capabilities, writable: true },
          journal,
          writer: "direct",
        });
      },
      dispose: async () => {
        await backend.close();
        await journal.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { ...defaultCapabilities, anyKey: true },
);
