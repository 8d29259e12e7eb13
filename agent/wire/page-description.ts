import type { StoreDescription } from "../../core/session/ports.ts";
import type { FrameStep } from "./store-ref.ts";

/** What `describePage` answers: everything that can be read from the frame that is evaluated in. */
export interface PageDescription {
  readonly frames: readonly FrameDescription[];
}

export interface FrameDescription {
  readonly path: readonly FrameStep[];
  /** Empty where the browser does not tell (a frame of another origin). */
  readonly url: string;
  readonly origin: string;
  /** Origin, and for third-party frames "^" and the top-level site that partitions their storage. */
  readonly storageKey: string;
  /** Where the agent runs in this frame (see `Realm`). */
  readonly realm?: Realm;
  readonly buckets: readonly BucketDescription[];
  /** Why it cannot be read, where it cannot. */
  readonly unreachable?: string;
}

export interface BucketDescription {
  /** "" is the default bucket. */
  readonly name: string;
  readonly databases: readonly DatabaseDescription[];
}

export interface DatabaseDescription {
  readonly name: string;
  readonly version: number;
  readonly stores: readonly StoreDescription[];
  /** Why the stores could not be listed: "blocked", or the error's words. */
  readonly problem?: string;
}

/**
 * Where the agent's engine runs: in a blob worker (built-ins that no page can patch), in a hidden about:blank
 * frame (the same, on the page's thread), or in the page itself with the built-ins of such a frame (where the
 * page's CSP forbids both; the page could then still lie about itself).
 */
export type Realm = "worker" | "frame" | "page";
