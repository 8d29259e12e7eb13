/**
 * What the panel needs of the place it runs in. `devtools-host.ts` is the panel inside DevTools; a panel that
 * is served as a plain page brings an implementation of its own.
 */
import type { WorkerHost } from "../panel/worker/worker-client.ts";
import type { Theme } from "./theme.ts";

export interface Host extends WorkerHost {
  /** Calls the listener with the theme at once and whenever it changes. */
  watchTheme(listener: (theme: Theme) => void): void;
}
