/**
 * Between the host (in the page) and the engine (worker, frame or page): arrays of strings, since the host can
 * read own indexes of an array without asking any method that the page may have replaced.
 */

/** Why the keys that were written are not all known. */
export type LostReason = "tooMany" | "cleared" | "upgraded" | "deleted";

/** `href` and `partition` describe the frame that the engine works for: a blob worker cannot see them. */
export type ToEngine =
  | readonly ["start", task: string, request: string, href: string, partition: string]
  /** The client has fetched this many slices of the task. */
  | readonly ["fetched", task: string, slices: number]
  | readonly ["cancel", task: string]
  /** What the task has not committed yet is not to be written; it answers what became of each operation. */
  | readonly ["takeBack", task: string]
  /** Asks for a "pong" through the event loop: the heartbeat that tells "paused" from "slow". */
  | readonly ["ping"]
  /** The page's writes are recorded from now on, under this name; what was recorded before is forgotten. */
  | readonly ["watch", id: string]
  /** Committed: key i of store i. Keys are values, not texts: structured cloning is the cheapest way. */
  | readonly ["wrote", database: string, stores: readonly string[], keys: readonly unknown[]]
  /** Of this store, of all stores of this database, or of all. */
  | readonly ["lost", why: LostReason, database: string | undefined, store: string | undefined];

export type FromEngine =
  | readonly ["ready"]
  | readonly ["slice", task: string, text: string]
  | readonly ["last", task: string, text: string]
  | readonly ["pong"]
  /** How many keys of each store are recorded, as JSON (WatchedStore[] of wire/requests.ts). */
  | readonly ["counts", text: string];

/** The engine as the host holds it. */
export interface EngineHandle {
  receive(message: ToEngine): void;
  /** Closes what the engine holds open. */
  stop(): void;
}
