import { AgentError } from "../../wire/agent-error.ts";
import type { EngineHandle, FromEngine, ToEngine } from "../../wire/engine-messages.ts";
import { unpackText } from "../../wire/packed-text.ts";
import { PartKind } from "../../wire/part.ts";
import { type AgentRequest, PACKED } from "../../wire/requests.ts";
import { closeAllConnections } from "./open-database.ts";
import { RecordedWrites } from "./recorded-writes.ts";
import { runRequest } from "./run-request.ts";
import { TaskOutput, TaskStopped } from "./task-output.ts";
import { nextTurn } from "./time-slices.ts";
import { WriteBrake } from "./write-brake.ts";

/** Where the frame is that the engine works for, as its host sees it. */
export interface FrameContext {
  readonly href: string;
  readonly storageKey: string;
}

interface RunningTask {
  readonly output: TaskOutput;
  readonly brake: WriteBrake;
}

/** Runs tasks side by side; each has its own connection and its own way out. */
export class TaskRunner implements EngineHandle {
  readonly #post: (message: FromEngine) => void;
  readonly #recorded = new RecordedWrites();
  readonly #running = new Map<string, RunningTask>();

  constructor(post: (message: FromEngine) => void) {
    this.#post = post;
  }

  receive(message: ToEngine): void {
    switch (message[0]) {
      case "start":
        void this.#run(message[1], message[2], {
          href: message[3],
          storageKey: `${origin}${message[4]}`,
        });
        return;
      case "fetched":
        this.#running.get(message[1])?.output.fetched(message[2]);
        return;
      case "cancel":
        this.#running.get(message[1])?.output.cancel();
        return;
      case "takeBack":
        this.#running.get(message[1])?.brake.pull();
        return;
      case "ping":
        void nextTurn().then(() => this.#post(["pong"]));
        return;
      case "watch":
        this.#recorded.begin(message[1]);
        this.#tellCounts();
        return;
      case "wrote":
        this.#recorded.wrote(message[1], message[2], message[3]);
        this.#tellCounts();
        return;
      case "lost": {
        const [, why, ...names] = message;
        this.#recorded.lost(why, ...names.filter((name) => name !== undefined));
        this.#tellCounts();
      }
    }
  }

  stop(): void {
    for (const { output } of this.#running.values()) output.cancel();
    closeAllConnections();
  }

  #tellCounts(): void {
    this.#post(["counts", JSON.stringify(this.#recorded.counts())]);
  }

  async #run(task: string, request: string, frame: FrameContext): Promise<void> {
    const output = new TaskOutput(task, this.#post);
    const brake = new WriteBrake();
    this.#running.set(task, { output, brake });
    try {
      const text = request.startsWith(PACKED)
        ? unpackText(request.slice(PACKED.length), Number.POSITIVE_INFINITY)
        : request;
      const end = text.indexOf("\n");
      const texts = end < 0 ? "" : text.slice(end + 1);
      const parsed = JSON.parse(end < 0 ? text : text.slice(0, end)) as AgentRequest;
      await runRequest(parsed, texts, { ...frame, recorded: this.#recorded }, output, brake);
      output.end(PartKind.end, "");
    } catch (error) {
      if (!(error instanceof TaskStopped)) output.end(PartKind.error, JSON.stringify(reportOf(error)));
    } finally {
      this.#running.delete(task);
    }
  }
}

function reportOf(error: unknown): { code: string; message: string } {
  if (error instanceof AgentError) return { code: error.code, message: error.message };
  const { name, message } = error as { name?: unknown; message?: unknown };
  return { code: "database-error", message: `${String(name)}: ${String(message)}` };
}
