import { rm } from "node:fs/promises";

/**
 * A browser's helper processes write into its profile a little longer than its main process lives. What cannot
 * be removed stays in the system's temporary folder: no reason to fail.
 */
export async function removeProfile(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(() => {});
}
