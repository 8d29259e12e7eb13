/** One bridge at a time works on a data folder. */
import { connect } from "node:net";
import { isAlive } from "../process/is-alive.ts";
import type { DataFolder, Running } from "../server/data-folder.ts";
import { CliError, ExitCode } from "./exit-codes.ts";

const PROBE_TIMEOUT_MS = 1000;

/**
 * @throws CliError when a bridge runs on the folder. One that was killed left its file behind: its process is
 *   gone, or the process with its number now does not listen on its port.
 */
export async function claimDataFolder(folder: DataFolder): Promise<void> {
  const mine = { pid: process.pid, port: 0 };
  if (folder.claimRunning(mine)) return;
  const other = await runningBridge(folder);
  if (other === undefined) {
    folder.clearRunning();
    if (folder.claimRunning(mine)) return;
  }
  const isBridge = other !== undefined && other.port !== 0;
  const who = isBridge ? "A bridge" : `Another driftscope command${other ? ` (process ${other.pid})` : ""}`;
  const where = isBridge ? ` on port ${other.port}` : "";
  throw new CliError(
    ExitCode.connection,
    `${who} already uses the data folder ${folder.path}${where}: stop it, or name another folder with --data.`,
  );
}

/** The bridge that runs on the folder, if one does. */
export async function runningBridge(folder: DataFolder): Promise<Running | undefined> {
  const running = folder.running();
  if (running === undefined || !isAlive(running.pid)) return undefined;
  // Port 0: it is just starting.
  if (running.port === 0 || (await listens(running.port))) return running;
  return undefined;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: PROBE_TIMEOUT_MS });
    const answer = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
  });
}
