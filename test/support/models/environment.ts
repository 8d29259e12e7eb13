/** What goes wrong around a session, told by a script, so that every run can be repeated exactly. */

export type Fault =
  | "none"
  /** The call throws, nothing happened, the session lives on. */
  | "fail"
  /** The session's process dies before the call did anything. */
  | "crash"
  /** It dies after the call did everything. */
  | "crash-after"
  /** It dies after the call did the first half. */
  | "crash-midway"
  /** Everything was done, and the answer is lost. */
  | "lost-answer"
  /** Nothing was done yet and the answer is lost; a remote may still do it later. */
  | "late";

/** The session's process is gone: nothing of it runs any more. */
export class CrashError extends Error {
  override readonly name = "CrashError";
}

/** A port's own, ordinary failure. */
class PortError extends Error {
  override readonly name = "PortError";
}

export interface Script {
  /** What befalls the next call to this port method, such as "remote.write". */
  fault?: (point: string) => Fault;
  /** Runs whenever a port was called or has scanned a batch: other writers. */
  interfere?: (point: string) => void;
}

/** One life of a session's process. Its ports work until it crashes. */
export class Environment {
  dead = false;
  readonly calls: string[] = [];
  readonly #script: Script;

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** Begins a call; answers what is to happen to it. */
  async enter(point: string): Promise<Fault> {
    await Promise.resolve();
    this.requireAlive();
    this.calls.push(point);
    this.#script.interfere?.(point);
    const fault = this.#script.fault?.(point) ?? "none";
    if (fault === "crash") this.die();
    if (fault === "fail") throw new PortError(`${point} failed.`);
    return fault;
  }

  /** Ends a call that did its work. */
  leave(point: string, fault: Fault): void {
    if (fault === "crash-after" || fault === "crash-midway") this.die();
    if (fault === "lost-answer" || fault === "late") throw new PortError(`The answer to ${point} was lost.`);
    this.requireAlive();
  }

  requireAlive(): void {
    if (this.dead) throw new CrashError("This session's process is gone.");
  }

  die(): never {
    this.dead = true;
    throw new CrashError("This session's process died.");
  }
}
