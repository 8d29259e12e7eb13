/** A bed over a backend in this process, with the bridge's own writer and journal. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RemoteBackend } from "../../../bridge/backends/backend.ts";
import { DirectRemoteStore } from "../../../bridge/headless/remote/direct-remote-store.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import { CollectionWriter } from "../../../bridge/server/collection-writer.ts";
import type { Bed } from "./bed.ts";

/** @param dispose Called when the backend is closed. */
export function directBed(backend: RemoteBackend, dispose: () => void = () => {}): Bed {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-journal-"));
  const journal = new Journal(folder);
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
      dispose();
    },
  };
}
