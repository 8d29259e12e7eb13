/**
 * Sends what is queued, a loop for each connection, in the order it was queued: through the same writer as a
 * panel's operations, under the rules that the config file has now. Where the backend is away it tries again, with
 * longer and longer pauses, and never gives up by itself.
 */
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { StoredOutcome, StoredWrite } from "../../core/protocol/stored.ts";
import { decodeTableMapping } from "../../core/protocol/table-mapping.ts";
import { isAwayCode } from "../../core/session/away.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Connections, ServedCollection } from "../server/connections.ts";
import type { Queue } from "./queue.ts";
import type { OpenPart, QueueFile } from "./queue-file.ts";

/** The pauses after 1, 2, … tries in vain, in milliseconds; the last one repeats. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000];

/** How often an operation without an answer is repeated to a backend that can be reached, before that is reported. */
const SETTLING_TRIES = 8;

/** Troubles of a backend, or of this machine, that pass; anything else is about the operation, or the file. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  "unauthorized",
  "disk-full",
  "journal-failed",
  "disconnected",
]);

const passes = (code: string): boolean => isAwayCode(code) || PASSING_CODES.has(code);

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Why a try ended before the apply was done. */
class Later extends Error {
  readonly problem: Problem;
  /** Everything was reached, and some operation has no answer all the same. */
  readonly reached: boolean;

  constructor(problem: Problem, reached: boolean) {
    super(problem.message);
    this.problem = problem;
    this.reached = reached;
  }
}

export class QueueRunner {
  readonly #queue: Queue;
  readonly #connections: Pick<Connections, "collection" | "tables">;
  readonly #log: (line: string) => void;
  readonly #loops = new Map<string, Promise<void>>();
  /** Ends the pause of a connection's loop. */
  readonly #wakes = new Map<string, () => void>();
  /** Tries that found an operation without an answer although the backend was reached, by apply. */
  readonly #unanswered = new Map<string, number>();
  #isStopping = false;

  constructor(
    queue: Queue,
    connections: Pick<Connections, "collection" | "tables">,
    log: (line: string) => void,
  ) {
    this.#queue = queue;
    this.#connections = connections;
    this.#log = log;
  }

  /** Goes on with whatever there is, at once. */
  start(): void {
    for (const connection of this.#queue.connections) {
      if (!this.#loops.has(connection)) this.#begin(connection);
      else this.#wakes.get(connection)?.();
    }
  }

  /** Resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const wake of this.#wakes.values()) wake();
    await Promise.allSettled(this.#loops.values());
  }

  #begin(connection: string): void {
    if (this.#isStopping) return;
    const loop = this.#run(connection)
      .catch((error: unknown) => this.#log(`the queue of ${connection} stopped: ${messageOf(error)}`))
      .finally(() => {
        this.#loops.delete(connection);
        this.#wakes.delete(connection);
        // Something may have been queued while the loop was ending.
        if (this.#queue.connections.has(connection)) this.#begin(connection);
      });
    this.#loops.set(connection, loop);
  }

  async #run(connection: string): Promise<void> {
    let failures = 0;
    for (;;) {
      const file = this.#isStopping ? undefined : this.#queue.next(connection);
      if (file === undefined) return;
      const later = await this.#try(file);
      if (later === undefined) {
        failures = 0;
        continue;
      }
      const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] as number;
      failures++;
      this.#queue.noteDelay(file.about.applyId, { problem: later.problem, retryAt: Date.now() + pause });
      await this.#pause(connection, pause);
    }
  }

  #pause(connection: string, milliseconds: number): Promise<void> {
    if (this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakes.set(connection, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Undefined when the apply has come to its end. */
  async #try(file: QueueFile): Promise<Later | undefined> {
    const { applyId, connection } = file.about;
    this.#queue.noteSending(applyId, true);
    try {
      await this.#send(file);
      if (!file.hasEnded) return new Later(NO_END, true);
      this.#queue.noteDelay(applyId, undefined);
      this.#unanswered.delete(applyId);
      this.#log(`queued apply ${applyId} on ${connection} has ended`);
      return undefined;
    } catch (error) {
      if (!(error instanceof Later)) return new Later(problemOf(error), false);
      if (error.reached) this.#unanswered.set(applyId, (this.#unanswered.get(applyId) ?? 0) + 1);
      return error;
    } finally {
      this.#queue.noteSending(applyId, false);
    }
  }

  /** @throws Later; ProtocolError "journal-failed" */
  async #send(file: QueueFile): Promise<void> {
    let served: ServedCollection;
    try {
      served = await this.#open(file);
    } catch (error) {
      const problem = problemOf(error);
      if (passes(problem.code)) throw new Later(problem, false);
      await this.#refuse(file, problem);
      return;
    }
    for await (const part of file.openParts()) {
      if (this.#isStopping) throw new Later(STOPPING, false);
      const later = await this.#sendPart(file, served, part);
      this.#queue.tell();
      if (later !== undefined) throw later;
    }
  }

  /** As the config file allows it now, and as it was when the plan was made. */
  async #open({ about }: QueueFile): Promise<ServedCollection> {
    const { connection, collection, mapping, incarnation } = about;
    const view =
      mapping === undefined
        ? undefined
        : (await this.#connections.tables(connection).open(decodeTableMapping(mapping))).view;
    const served = this.#connections.collection(connection, collection, view);
    const meta = await served.collection.meta();
    if (meta?.incarnation === incarnation) return served;
    throw new ProtocolError(
      "stale-checkpoint",
      `The collection ${JSON.stringify(collection)} was ${meta === undefined ? "deleted" : "made anew"} since this was queued: compare again to see what is there.`,
    );
  }

  async #sendPart(
    file: QueueFile,
    served: ServedCollection,
    { part, fresh, unanswered }: OpenPart,
  ): Promise<Later | undefined> {
    const repeated = await this.#settle(file, served, part, unanswered);
    if (fresh.length === 0 || !(await file.markSending(part))) return repeated;
    return (await this.#write(file, served, part, fresh)) ?? repeated;
  }

  /** What may have been sent before is repeated identically. */
  async #settle(
    file: QueueFile,
    served: ServedCollection,
    part: number,
    operations: readonly StoredWrite[],
  ): Promise<Later | undefined> {
    if (operations.length === 0) return undefined;
    const { applyId } = file.about;
    const request = { applyId, dryRun: false, writer: file.writer, settling: true };
    const outcomes = await served.writer.write(operations, request);
    // That it is refused now says nothing of the time before.
    const open = outcomes.filter(({ status }) => status === "unknown" || status === "rejected");
    const isReported = (this.#unanswered.get(applyId) ?? 0) + 1 >= SETTLING_TRIES;
    const decided = outcomes.filter((outcome) => !open.includes(outcome));
    const reported = isReported ? open.map(asUnknown) : [];
    await file.settle(part, [...decided, ...reported]);
    return isReported ? undefined : laterOf(open, true);
  }

  async #write(
    file: QueueFile,
    served: ServedCollection,
    part: number,
    operations: readonly StoredWrite[],
  ): Promise<Later | undefined> {
    const { applyId } = file.about;
    const request = { applyId, dryRun: false, writer: file.writer, settling: false };
    const outcomes = await served.writer.write(operations, request);
    const unsent = outcomes.filter((outcome) => outcome.status === "rejected" && passes(outcome.code));
    const unknown = outcomes.filter(({ status }) => status === "unknown");
    const open = new Set([...unsent, ...unknown]);
    await file.settle(
      part,
      outcomes.filter((outcome) => !open.has(outcome)),
    );
    await file.markUnsent(
      part,
      unsent.map(({ opId }) => opId),
    );
    return laterOf([...unknown, ...unsent], unsent.length === 0);
  }

  /** It can never be sent as it is: what was not sent is rejected, the rest is reported as unknown. */
  async #refuse(file: QueueFile, { code, message }: Problem): Promise<void> {
    for await (const { part, fresh, unanswered } of file.openParts()) {
      const rejected = fresh.map(({ opId }): StoredOutcome => {
        return { opId, status: "rejected", code, reason: message };
      });
      const unknown = unanswered.map(
        ({ opId }): StoredOutcome => ({ opId, status: "unknown", reason: message }),
      );
      await file.settle(part, [...rejected, ...unknown]);
    }
  }
}

const NO_END: Problem = { code: "internal", message: "The backend left operations out of its answer." };
const STOPPING: Problem = { code: "disconnected", message: "The bridge stops." };

function laterOf(open: readonly StoredOutcome[], reached: boolean): Later | undefined {
  const [first] = open;
  if (first === undefined) return undefined;
  const code = first.status === "rejected" ? first.code : "backend-unavailable";
  const message = "reason" in first ? first.reason : "The backend gave no answer.";
  return new Later({ code, message }, reached);
}

function asUnknown(outcome: StoredOutcome): StoredOutcome {
  const reason = "reason" in outcome ? outcome.reason : "The backend gave no answer.";
  return { opId: outcome.opId, status: "unknown", reason };
}

function problemOf(error: unknown): Problem {
  return { code: error instanceof ProtocolError ? error.code : "internal", message: messageOf(error) };
}
