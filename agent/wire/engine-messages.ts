/**
 * Between the host (in the page) and the engine (worker, frame or page): arrays of strings, since the host can
 * read own indexes of an array without asking any method that the page may have replaced.
 */

/** `href` and `partition` describe the frame that the engine works for: a blob worker cannot see them. */
export type ToEngine =
  | readonly ["start", task: string, request: string, href: string, partition: string]
  /** The client has fetched this many slices of the task. */
  | readonly ["fetched", task: string, slices: number]
  | readonly ["cancel", task: string]
  /** Asks for a "pong" through the event loop: the heartbeat that tells "paused" from "slow". */
  | readonly ["ping"];

export type FromEngine =
  | readonly ["ready"]
  | readonly ["slice", task: string, text: string]
  | readonly ["last", task: string, text: string]
  | readonly ["pong"];

/** The engine as the host holds it. */
export interface EngineHandle {
  receive(message: ToEngine): void;
  /** Closes what the engine holds open. */
  stop(): void;
}
