import type { ConnectionInfo } from "../../../core/protocol/frames.ts";
import type { Config } from "../../config/load-config.ts";
import { Journal } from "../../journal/journal.ts";
import { Policies } from "../../policies/policies.ts";
import { Connections } from "../../server/connections.ts";
import type { DataFolder } from "../../server/data-folder.ts";
import { commandLinePanel } from "./command-line-panel.ts";
import { DirectRemoteStore } from "./direct-remote-store.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** The bridge's own path in this process, which has claimed the folder. Closing gives the folder back. */
export async function serveHere(config: Config, folder: DataFolder): Promise<RemoteAccess> {
  const journal = new Journal(folder.journalFolder, config.journal);
  const connections = new Connections(config, journal, folder);
  const policies = new Policies(config);
  const { panelId } = commandLinePanel(folder);
  const known = new Map<string, ConnectionInfo>();
  await journal.prune(Date.now());
  return {
    async connections() {
      const listed = await connections.list();
      for (const connection of listed) known.set(connection.name, connection);
      return listed;
    },
    async store(connection, collection, mapping) {
      const view = mapping && (await connections.tables(connection).open(mapping));
      const served = connections.collection(connection, collection, view?.view);
      const capabilities = view?.capabilities ?? known.get(connection)?.capabilities;
      if (capabilities === undefined)
        throw new Error(`The connection "${connection}" was not listed before.`);
      const name = { connection, collection };
      return new DirectRemoteStore({ name, served, capabilities, journal, writer: panelId });
    },
    policy: (name) => policies.get(name),
    async close() {
      await Promise.all([connections.close(), policies.close()]);
      await journal.close();
      folder.clearRunning();
    },
  };
}
