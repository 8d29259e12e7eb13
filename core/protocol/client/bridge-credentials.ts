/** What a pairing leaves in the panel. The key never travels and belongs nowhere but in extension storage. */
import { toBase32 } from "../base32.ts";

export interface BridgeCredentials {
  readonly bridgeId: string;
  readonly port: number;
  readonly panelId: string;
  /** 128 bits in base32. */
  readonly key: string;
}

export const toCredentials = (
  bridge: { readonly bridgeId: string; readonly port: number; readonly panelId: string },
  key: Uint8Array,
): BridgeCredentials => ({
  bridgeId: bridge.bridgeId,
  port: bridge.port,
  panelId: bridge.panelId,
  key: toBase32(key),
});
