import { WebSocket } from "ws";
import { CHROMIUM_ORIGIN } from "../../../core/protocol/extension-origin.ts";
import { BridgeClient } from "../../../extension/local/bridge-client.ts";
import type { BridgeSocket } from "../../../extension/local/bridge-socket.ts";

/** The extension's origin: the bridge takes no other. */
class PanelSocket extends WebSocket {
  constructor(url: string) {
    super(url, { origin: CHROMIUM_ORIGIN });
  }
}

/** A second client of a bridge, by the panel's own code but without a panel. Uses the pairing string up. */
export function connectAsPanel(pairing: string): Promise<BridgeClient> {
  return BridgeClient.pair(pairing, async () => {}, {
    WebSocket: PanelSocket as unknown as new (url: string) => BridgeSocket,
    label: "another writer",
  });
}
