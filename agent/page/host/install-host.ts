/**
 * The agent's part in the page: one function under a random, non-enumerable name, which takes the client's
 * requests, hands them to the engine of their frame, and gives the engine's slices out.
 *
 * Requests and answers are strings. `<letter><task>\n<rest>`:
 *   U  one more part of the task's request (rest), before S
 *   S  start the task: rest is `<frame path>\n<last part of the request>`
 *   P  poll: answers `<state><ticks>\n<text>`, with state w (working), e (ended: this was its last text) or
 *      x (failed: text is an error code), and ticks `<timer>.<event loop>` that stand still while paused
 *   C  cancel the task      T  take back what the task has not committed yet; it goes on to its answer
 *   W  record the writes of this frame path's realm from now on: rest is a name for the recording
 *   V  how many keys are recorded in this frame path's realm, as JSON      N  record no more
 *   F  list frames      R  where the engine of this frame path runs      K  renew the lease      B  leave the page
 * Every other answer is "+", or "?" for a task that is not known, or "!" and a reason.
 *
 * See clean-realm.ts for why this file calls no methods.
 */
import type { EngineFunction } from "virtual:driftscope-engine";
import type { FromEngine } from "../../wire/engine-messages.ts";
import { LEASE_MS, SLICE_UNITS } from "../../wire/limits.ts";
import { type WriteRecorder, watchWrites } from "../recorder/write-recorder.ts";
import { type CleanRealm, openCleanRealm, type PageWindow } from "./clean-realm.ts";
import { hrefOf, listFrames, partitionOf, windowAt } from "./frames.ts";
import { type Platform, platformOf } from "./platform.ts";
import { type Engine, startEngine } from "./start-engine.ts";

interface Slice {
  readonly text: string;
  next: Slice | undefined;
}

interface Task {
  readonly path: string;
  readonly engine: Engine;
  first: Slice | undefined;
  last: Slice | undefined;
  ended: boolean;
}

interface Recording {
  readonly recorder: WriteRecorder;
  /** As the engine told them last. */
  counts: string;
}

export function installHost(name: string, engineFunction: EngineFunction): string {
  let realm: CleanRealm;
  try {
    realm = openCleanRealm(document);
  } catch {
    return "!The page has no document that a hidden frame can be put into.";
  }
  try {
    const platform = platformOf(window, realm);
    const host = new Host(name, engineFunction, realm, platform);
    // Non-enumerable, and configurable so that the lease can take it away.
    const ok = realm.defineProperty(window, name, {
      value: host.answer,
      configurable: true,
      enumerable: false,
      writable: false,
    });
    return ok ? "ok" : "!The page does not let the agent in.";
  } catch {
    realm.remove();
    return "!The page's own code stops the agent.";
  }
}

class Host {
  readonly #name: string;
  readonly #engineFunction: EngineFunction;
  readonly #realm: CleanRealm;
  readonly #platform: Platform;
  readonly #forgetPageHide: () => void;
  readonly #engines: Record<string, Engine | undefined>;
  readonly #tasks: Record<string, Task | undefined>;
  readonly #recorders: Record<string, Recording | undefined>;
  readonly #uploads: Record<string, string | undefined>;
  #timerTicks = 0;
  #loopTicks = 0;
  #timerIsSet = false;
  #deadline = 0;
  #left = false;

  constructor(name: string, engineFunction: EngineFunction, realm: CleanRealm, platform: Platform) {
    this.#name = name;
    this.#engineFunction = engineFunction;
    this.#realm = realm;
    this.#platform = platform;
    this.#engines = realm.emptyTable();
    this.#tasks = realm.emptyTable();
    this.#recorders = realm.emptyTable();
    this.#uploads = realm.emptyTable();
    // Else a page would come back from the back-forward cache with a worker of an agent nobody knows.
    this.#forgetPageHide = platform.onPageHide(() => this.#leave());
    if (!platform.needsFrame) realm.remove();
    this.#renewLease();
    this.#watchLease();
  }

  readonly answer = (request: string): string => {
    try {
      this.#renewLease();
      const { indexOf, slice } = this.#realm;
      const head = indexOf(request, "\n");
      const task = slice(request, 1, head);
      const rest = slice(request, head + 1);
      switch (request[0]) {
        case "P":
          return this.#poll(task);
        case "U":
          this.#uploads[task] = (this.#uploads[task] ?? "") + rest;
          return "+";
        case "S":
          return this.#start(task, rest);
        case "C":
          return this.#cancel(task);
        case "T":
          return this.#takeBack(task);
        case "W":
          return this.#watch(task, rest);
        case "V":
          return this.#watched(task);
        case "N":
          return this.#unwatch(task);
        case "F":
          return listFrames(window, this.#realm.isAgentFrame);
        case "R":
          return this.#engines[task]?.realm() ?? "";
        case "K":
          return "+";
        case "B":
          this.#leave();
          return "+";
        default:
          return "!An unknown request.";
      }
    } catch {
      return "!The page's own code stops the agent.";
    }
  };

  #start(id: string, rest: string): string {
    const { indexOf, slice } = this.#realm;
    const end = indexOf(rest, "\n");
    const path = slice(rest, 0, end);
    const request = (this.#uploads[id] ?? "") + slice(rest, end + 1);
    this.#realm.deleteProperty(this.#uploads, id);
    const target = windowAt(path, window);
    if (target === undefined) return "!frame-gone";
    const engine = this.#engineOf(path, target);
    this.#recordingOf(path, engine)?.recorder.flush();
    this.#tasks[id] = { path, engine, first: undefined, last: undefined, ended: false };
    engine.post(["start", id, request, hrefOf(target) ?? "", partitionOf(target)]);
    return "+";
  }

  #engineOf(path: string, target: PageWindow): Engine {
    const known = this.#engines[path];
    if (known !== undefined) {
      if (known.document === target.document) return known;
      known.stop();
    }
    const engine = startEngine(target, this.#engineFunction, (message) => this.#onMessage(message, path));
    this.#engines[path] = engine;
    return engine;
  }

  #poll(id: string): string {
    const task = this.#tasks[id];
    if (task === undefined) return "?";
    this.#beat(task.engine);
    const ticks = `${this.#timerTicks}.${this.#loopTicks}`;
    if (windowAt(task.path, window)?.document !== task.engine.document) {
      this.#realm.deleteProperty(this.#tasks, id);
      return `x${ticks}\nnavigated`;
    }
    let text = "";
    let fetched = 0;
    while (task.first !== undefined && text.length + task.first.text.length <= SLICE_UNITS) {
      text += task.first.text;
      task.first = task.first.next;
      fetched++;
    }
    if (fetched > 0) task.engine.post(["fetched", id, fetched]);
    const ended = task.ended && task.first === undefined;
    if (ended) this.#realm.deleteProperty(this.#tasks, id);
    return `${ended ? "e" : "w"}${ticks}\n${text}`;
  }

  #cancel(id: string): string {
    const task = this.#tasks[id];
    this.#realm.deleteProperty(this.#uploads, id);
    if (task === undefined) return "?";
    this.#realm.deleteProperty(this.#tasks, id);
    task.engine.post(["cancel", id]);
    return "+";
  }

  #takeBack(id: string): string {
    const task = this.#tasks[id];
    if (task === undefined) return "?";
    task.engine.post(["takeBack", id]);
    return "+";
  }

  #watch(path: string, id: string): string {
    const target = windowAt(path, window);
    if (target === undefined) return "!frame-gone";
    this.#unwatch(path);
    const engine = this.#engineOf(path, target);
    // A frame of its own: the recorder's functions come from it, and it goes at once.
    const realm = openCleanRealm(target.document);
    try {
      const recorder = watchWrites(target, realm, (message) => engine.post(message));
      this.#recorders[path] = { recorder, counts: "[]" };
      engine.post(["watch", id]);
      return "+";
    } catch {
      return "!The page does not let its writes be watched.";
    } finally {
      realm.remove();
    }
  }

  #watched(path: string): string {
    const target = windowAt(path, window);
    const recording = this.#recorders[path];
    if (recording === undefined || target?.document !== recording.recorder.document) return "?";
    recording.recorder.flush();
    return recording.counts;
  }

  #unwatch(path: string): string {
    this.#recorders[path]?.recorder.stop();
    this.#realm.deleteProperty(this.#recorders, path);
    return "+";
  }

  #recordingOf(path: string, engine: Engine): Recording | undefined {
    const recording = this.#recorders[path];
    return recording?.recorder.document === engine.document ? recording : undefined;
  }

  #onMessage(message: FromEngine, path: string): void {
    if (message[0] === "pong") {
      this.#loopTicks++;
      return;
    }
    if (message[0] === "ready") return;
    if (message[0] === "counts") {
      const recording = this.#recorders[path];
      if (recording !== undefined) recording.counts = message[1];
      return;
    }
    const task = this.#tasks[message[1]];
    if (task === undefined) return;
    const slice: Slice = { text: message[2], next: undefined };
    if (task.first === undefined || task.last === undefined) task.first = slice;
    else task.last.next = slice;
    task.last = slice;
    task.ended = message[0] === "last";
  }

  /** Both ticks move only while the page's event loop turns. */
  #beat(engine: Engine): void {
    engine.post(["ping"]);
    if (this.#timerIsSet) return;
    this.#timerIsSet = true;
    this.#platform.setTimeout(() => {
      this.#timerIsSet = false;
      this.#timerTicks++;
    }, 0);
  }

  #renewLease(): void {
    this.#deadline = this.#realm.now() + LEASE_MS;
  }

  #watchLease(): void {
    this.#platform.setTimeout(
      () => {
        if (this.#left) return;
        if (this.#realm.now() >= this.#deadline) this.#leave();
        else this.#watchLease();
      },
      this.#deadline - this.#realm.now() + 1,
    );
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    for (const path in this.#recorders) this.#recorders[path]?.recorder.stop();
    for (const path in this.#engines) this.#engines[path]?.stop();
    this.#forgetPageHide();
    // Another client may have put its own agent under the name.
    const there = (window as unknown as Record<string, unknown>)[this.#name];
    if (there === this.answer) this.#realm.deleteProperty(window, this.#name);
    if (this.#platform.needsFrame) this.#realm.remove();
  }
}
