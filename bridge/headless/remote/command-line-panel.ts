/**
 * The command line as one of the bridge's panels. Who may read the data folder holds every panel's key anyway,
 * so it needs no code: it adds a file of its own, which `driftscope panels` lists and `driftscope revoke` takes.
 */
import { toBase32 } from "../../../core/protocol/base32.ts";
import type { BridgeCredentials } from "../../../core/protocol/client/bridge-credentials.ts";
import { COMMAND_LINE_ORIGIN } from "../../../core/protocol/extension-origin.ts";
import { PANEL_KEY_BYTES } from "../../../core/protocol/limits.ts";
import { newPanelId } from "../../../core/protocol/pairing-string.ts";
import type { DataFolder } from "../../server/data-folder.ts";

export const COMMAND_LINE_LABEL = "command line";

/** Its id, which every record that it writes carries as the writer, and its key. */
export function commandLinePanel(folder: DataFolder): Pick<BridgeCredentials, "panelId" | "key"> {
  const known = folder.panels().find((panel) => panel.origin === COMMAND_LINE_ORIGIN);
  const found = known && folder.findPanel(known.id);
  if (found !== undefined) return { panelId: found.panel.id, key: toBase32(found.key) };
  const id = newPanelId();
  const key = crypto.getRandomValues(new Uint8Array(PANEL_KEY_BYTES));
  const panel = { id, label: COMMAND_LINE_LABEL, origin: COMMAND_LINE_ORIGIN, pairedAt: Date.now() };
  folder.addPanel(panel, key);
  return { panelId: id, key: toBase32(key) };
}
