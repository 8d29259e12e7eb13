/** The configured connections, whoever serves them: this process, or the bridge that runs on the data folder. */

import type { TableMapping } from "../../../core/mapping/table-mapping.ts";
import type { ConnectionInfo } from "../../../core/protocol/frames.ts";
import type { CustomPolicy } from "../../../core/session/policy-custom.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { claimDataFolder, runningBridge } from "../../cli/claim-data-folder.ts";
import type { Config } from "../../config/load-config.ts";
import type { DataFolder, Running } from "../../server/data-folder.ts";
import { HeadlessError } from "../headless-error.ts";
import { joinBridge } from "./join-bridge.ts";
import { serveHere } from "./serve-here.ts";

export interface RemoteAccess {
  /** One that cannot be reached is listed with its problem. */
  connections(): Promise<readonly ConnectionInfo[]>;
  /**
   * Of a connection that was listed; with a mapping, an existing table that has the collection's name.
   *
   * @throws ProtocolError "unknown-table", "mapping-mismatch", …
   */
  store(connection: string, collection: string, mapping?: TableMapping): Promise<RemoteStore>;
  /** The function of a custom policy that the config file names. @throws ProtocolError "unknown-policy" */
  policy(name: string): CustomPolicy;
  close(): Promise<void>;
}

/** How long another command on the same folder is waited for, in milliseconds. */
const WAIT_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/**
 * Two processes never write one journal: where a bridge runs on the folder this one joins it, and where
 * another command works there its end is waited for.
 *
 * @param onWait Called once, when another command has to be waited for.
 * @throws HeadlessError "folder-busy", "bridge-failed"; the signal's reason
 */
export async function openRemote(
  config: Config,
  folder: DataFolder,
  options: { readonly onWait: (running: Running) => void; readonly signal: AbortSignal },
): Promise<RemoteAccess> {
  const until = Date.now() + WAIT_MS;
  let isTold = false;
  for (;;) {
    options.signal.throwIfAborted();
    const running = await runningBridge(folder);
    if (running !== undefined && running.port !== 0) return joinBridge(folder, running.port);
    if (running === undefined && (await isClaimed(folder))) return serveHere(config, folder);
    if (Date.now() >= until) throw stillBusy(folder, running);
    if (running !== undefined && !isTold) {
      options.onWait(running);
      isTold = true;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** False where another process was faster. */
async function isClaimed(folder: DataFolder): Promise<boolean> {
  try {
    await claimDataFolder(folder);
    return true;
  } catch {
    return false;
  }
}

function stillBusy(folder: DataFolder, running: Running | undefined): HeadlessError {
  const who = running === undefined ? "Another process" : `The process ${running.pid}`;
  return new HeadlessError(
    "folder-busy",
    `${who} works on the data folder ${folder.path}: wait for its end, or name another folder with --data.`,
  );
}
