import type { Evaluate } from "../../../agent/client/host-call.ts";

/** A browser with pages to put the agent into. */
export interface Lab {
  readonly browser: "chromium" | "firefox";
  /** Opens a page of the lab's server (lab-server.ts). */
  open(path: string): Promise<LabPage>;
  readonly origin: string;
  /** The same pages, as another origin. */
  readonly otherOrigin: string;
  close(): Promise<void>;
}

export interface LabPage {
  /** Behaves as DevTools' eval does: the page's own world, a string back, promises not awaited. */
  readonly evaluate: Evaluate;
  /** Runs the body of an async function in the page and gives its result, which must be JSON. */
  app<T = unknown>(body: string): Promise<T>;
  goto(url: string): Promise<void>;
  close(): Promise<void>;
}
