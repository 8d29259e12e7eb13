import { setTimeout as wait } from "node:timers/promises";
import { BackendError } from "../../backend-error.ts";
import type { WebHdfs } from "./webhdfs.ts";

const PAUSE_MS = 200;

/**
 * A rename that one of several is granted. As one without an answer may still come, the identical one is sent until it is
 * answered: after the first, another is waited for as long.
 *
 * @param isOurs Whether what lies there now is what was renamed; told whether an earlier try may have come.
 * @throws BackendError; it says whether nothing was written for certain
 */
export async function renameForCertain(
  fs: WebHdfs,
  from: string,
  to: string,
  isOurs: (isInDoubt: boolean) => Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + 2 * fs.requestTimeoutMs;
  for (let isInDoubt = false; ; ) {
    try {
      return (await fs.rename(from, to)) === "renamed" || (await isOurs(isInDoubt));
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== "backend-unavailable") throw error;
      isInDoubt ||= !error.nothingWritten;
      if (performance.now() > deadline) {
        throw new BackendError(error.code, error.message, { cause: error, nothingWritten: !isInDoubt });
      }
      await wait(PAUSE_MS);
    }
  }
}
