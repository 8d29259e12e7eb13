/** `driftscope pair`, `panels` and `revoke`: they work on the data folder, beside a bridge that runs. */
import { formatPairing } from "../../core/protocol/pairing-string.ts";
import { DataFolder } from "../server/data-folder.ts";
import { runningBridge } from "./claim-data-folder.ts";
import { CliError, ExitCode } from "./exit-codes.ts";

/** Prints a pairing string for the bridge that runs on the folder. */
export async function pair(dataDir: string): Promise<void> {
  const folder = new DataFolder(dataDir);
  const running = await runningBridge(folder);
  if (running === undefined || running.port === 0) {
    throw new CliError(
      ExitCode.connection,
      `No bridge runs on the data folder ${dataDir}: start one with \`driftscope bridge\`.`,
    );
  }
  const { code } = folder.openPairing(Date.now());
  console.log(formatPairing({ port: running.port, bridgeId: folder.bridgeId(), code }));
}

export function listPanels(dataDir: string): void {
  const panels = new DataFolder(dataDir).panels();
  if (panels.length === 0) {
    console.log("No panel is paired. `driftscope pair` prints a line to paste into one.");
    return;
  }
  for (const { id, label, origin, pairedAt, seenAt } of panels) {
    console.log(`${id}  ${label}  ${origin}`);
    console.log(`  paired ${date(pairedAt)}, last seen ${date(seenAt)}`);
  }
}

export function revokePanel(dataDir: string, id: string): void {
  if (!new DataFolder(dataDir).removePanel(id)) {
    throw new CliError(ExitCode.usage, `No panel has the id ${id}: \`driftscope panels\` lists them.`);
  }
  console.log(`Panel ${id} is revoked: it has to be paired again to connect.`);
}

const date = (time: number): string => new Date(time).toISOString().replace("T", " ").slice(0, 16);
