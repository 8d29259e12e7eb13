import { WebSocket } from "ws";
import { BridgeClient } from "../../../core/protocol/client/bridge-client.ts";
import type { BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import { COMMAND_LINE_ORIGIN } from "../../../core/protocol/extension-origin.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import type { DataFolder } from "../../server/data-folder.ts";
import { HeadlessError } from "../headless-error.ts";
import { COMMAND_LINE_LABEL, commandLinePanel } from "./command-line-panel.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** @throws HeadlessError "bridge-failed" */
export async function joinBridge(folder: DataFolder, port: number): Promise<RemoteAccess> {
  const client = await connectToBridge(folder, port);
  return {
    connections: () => client.connections(),
    async store(connection, collection, mapping) {
      if (mapping === undefined) return client.remoteStore(connection, collection);
      const table = client.tableStore(connection, mapping);
      await table.open();
      return table;
    },
    policy: (name) => client.policy(name),
    close: async () => client.close(),
  };
}

/** A client of the bridge that runs on the folder. @throws HeadlessError "bridge-failed" */
export async function connectToBridge(folder: DataFolder, port: number): Promise<BridgeClient> {
  const credentials = { bridgeId: folder.bridgeId(), port, ...commandLinePanel(folder) };
  try {
    return await BridgeClient.connect(credentials, {
      WebSocket: CommandLineSocket,
      label: COMMAND_LINE_LABEL,
    });
  } catch (error) {
    const why = messageOf(error);
    throw new HeadlessError(
      "bridge-failed",
      `The bridge on port ${port} that works on ${folder.path} does not let this command in: ${why}`,
      { cause: error },
    );
  }
}

class OriginSocket extends WebSocket {
  constructor(url: string) {
    super(url, { origin: COMMAND_LINE_ORIGIN });
  }
}

/** ws declares its event handlers with its own event classes; at run time they are the browser's. */
const CommandLineSocket = OriginSocket as unknown as BridgeSocketConstructor;
