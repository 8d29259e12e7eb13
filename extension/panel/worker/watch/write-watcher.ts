/** Watching the page's writes while the person wants it: started by a click, ended by the page or the panel. */
import type { WatchPosition, WriteWatch } from "../../../../agent/client/write-watch.ts";
import type { LocalKnowledge } from "../../../../core/session/compare-again.ts";
import type { FullReason, UnseenWriter } from "../../../../core/session/drift.ts";
import type { FrameNode, StoreRef, WatchState } from "../api.ts";
import type { LocatedStore } from "../page/agents.ts";

/** Milliseconds between two looks at how much was written; they keep the agent in the page, too. */
const LOOK_EVERY = 2000;

const LOST_REASON: Readonly<Record<string, FullReason>> = { tooMany: "tooMany" };

export interface WatcherOptions {
  readonly locate: (ref: StoreRef) => LocatedStore;
  readonly frames: () => readonly FrameNode[];
  readonly clock: () => number;
  readonly onState: (state: WatchState) => void;
}

/** What the watcher knows of a store, and from where to ask next time. */
export interface Watched {
  readonly local: LocalKnowledge;
  /** Absent while nobody watches. */
  readonly position?: WatchPosition | undefined;
}

interface Running {
  readonly watch: WriteWatch;
  readonly frame: readonly number[];
  readonly since: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class WriteWatcher {
  readonly #options: WatcherOptions;
  #running: Running | undefined;
  #state: WatchState = { is: "off" };
  #last: Promise<void> = Promise.resolve();
  /** Rises with every navigation: a watch that was begun before it is of a page that is gone. */
  #visit = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  get state(): WatchState {
    return this.#state;
  }

  /** Watches the realm of this store's frame from now on. @throws AgentError; PanelError "no-such-frame". */
  start(ref: StoreRef): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stopRunning();
      const { locate, clock } = this.#options;
      const visit = this.#visit;
      const located = locate(ref);
      const watch = await located.client.watchWrites(located.ref.frame ?? []);
      if (visit !== this.#visit) {
        await watch.stop();
        return;
      }
      this.#running = { watch, frame: ref.frame, since: clock(), timer: undefined };
      await this.#look(this.#running);
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stopRunning());
  }

  /** A realm has one recording: what begins it waits for what ends it. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #stopRunning(): Promise<void> {
    const running = this.#running;
    this.#end({ is: "off" });
    await running?.watch.stop();
  }

  /** The page is another one now, and what was recorded in it is gone. */
  navigated(): void {
    this.#visit++;
    if (this.#running === undefined) return;
    void this.#running.watch.stop();
    this.#end({ is: "off", ended: "reloaded" });
  }

  /** The keys that were written after a position, as far as anybody can know. @throws AgentError */
  async written(ref: StoreRef, after: WatchPosition | undefined): Promise<Watched> {
    const running = this.#running;
    if (running === undefined || running.frame.join() !== ref.frame.join()) {
      return { local: { unknown: after === undefined ? "notWatched" : "reloaded" } };
    }
    const written = await running.watch.written(ref, after);
    if (!("position" in written)) {
      const begun = await running.watch.written(ref);
      const position = "position" in begun ? begun.position : undefined;
      return { local: { unknown: "reloaded" }, position };
    }
    const { position } = written;
    if (after === undefined) return { local: { unknown: "watchedLater" }, position };
    if ("lost" in written) return { local: { unknown: LOST_REASON[written.lost] ?? "cleared" }, position };
    return { local: { keys: written.keys, unseen: this.#unseen(ref) }, position };
  }

  #unseen(ref: StoreRef): UnseenWriter[] {
    const frames = this.#options.frames();
    const own = frames.find(({ path }) => path.join() === ref.frame.join());
    const shared = frames.filter(({ storageKey }) => storageKey === own?.storageKey);
    return shared.length > 1 ? ["workers", "otherTabs", "otherFrames"] : ["workers", "otherTabs"];
  }

  async #look(running: Running): Promise<void> {
    const stores = await running.watch.counts().catch(() => running.since);
    if (this.#running !== running) return;
    if (stores === undefined) {
      this.#end({ is: "off", ended: "reloaded" });
      return;
    }
    // A page that stands at a breakpoint answers later.
    if (typeof stores !== "number") {
      this.#setState({ is: "on", since: running.since, frame: running.frame, stores });
    }
    running.timer = setTimeout(() => void this.#look(running), LOOK_EVERY);
  }

  #end(state: WatchState): void {
    clearTimeout(this.#running?.timer);
    this.#running = undefined;
    this.#setState(state);
  }

  #setState(state: WatchState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#options.onState(state);
  }
}
