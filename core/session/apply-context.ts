import type { ApplyMemory } from "./apply-memory.ts";
import type { SessionPorts } from "./session-ports.ts";

export interface ApplyContext {
  readonly ports: SessionPorts;
  readonly applyId: string;
  /** An undo checks only the side that it writes: what the other holds does not matter. */
  readonly undo: boolean;
  readonly dryRun: boolean;
  readonly memory: ApplyMemory;
  readonly signal: AbortSignal | undefined;
}
