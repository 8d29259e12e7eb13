import { BridgeClient } from "../../../core/protocol/client/bridge-client.ts";
import { PanelSocket } from "./panel-socket.ts";

/** A second client of a bridge, by the panel's own code but without a panel. Uses the pairing string up. */
export function connectAsPanel(pairing: string): Promise<BridgeClient> {
  return BridgeClient.pair(pairing, async () => {}, { WebSocket: PanelSocket, label: "another writer" });
}
