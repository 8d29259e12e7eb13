import { WebSocket } from "ws";
import type { BridgeSocket, BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import { CHROMIUM_ORIGIN } from "../../../core/protocol/extension-origin.ts";

/** A WebSocket that comes from the extension in Chromium. */
class OriginSocket extends WebSocket {
  constructor(url: string) {
    super(url, { origin: CHROMIUM_ORIGIN });
  }
}

/** ws declares its event handlers with its own event classes; at run time they are the browser's. */
export const PanelSocket = OriginSocket as unknown as BridgeSocketConstructor &
  (new (
    url: string,
  ) => BridgeSocket);
