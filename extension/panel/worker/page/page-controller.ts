/** The inspected page: connected, read as a tree, followed through navigations and pauses. */
import { AgentError } from "../../../../agent/wire/agent-error.ts";
import type { MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import { rowMappingOf } from "../../../../core/mapping/table-mapping.ts";
import type { LocalStore, StoreIdentity } from "../../../../core/session/ports.ts";
import type { FrameNode, HostApi, PageState, StoreRef } from "../api.ts";
import { PanelError } from "../panel-error.ts";
import { toWorkerError } from "../rpc.ts";
import { Agents, type ConnectAgent, type LocatedStore } from "./agents.ts";

/** Milliseconds until a page that stands at a breakpoint is tried again. */
const PAUSED_RETRY = 1000;
/**
 * A page that was just loaded makes its databases a little later, and while it is being loaded the browser may
 * refuse to look into it: when to look again.
 */
const LOADING_RETRIES = [300, 1000, 3000];

export interface PageControllerOptions {
  readonly host: Pick<HostApi, "evaluate" | "frameUrls">;
  readonly connectAgent: ConnectAgent;
  readonly onState: (state: PageState) => void;
}

export class PageController {
  readonly #options: PageControllerOptions;
  #state: PageState = { is: "connecting" };
  #agents: Agents | undefined;
  #refreshing: Promise<PageState> | undefined;
  /** Rises with every navigation, so that what was begun before it is not taken for the new page. */
  #visit = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PageControllerOptions) {
    this.#options = options;
  }

  get state(): PageState {
    return this.#state;
  }

  /** Reads the tree anew; calls at the same time share one reading. */
  refresh(): Promise<PageState> {
    this.#refreshing ??= this.#read(this.#visit).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The page is another one now: everything that was read of it is gone. */
  navigated(): void {
    this.#visit += 1;
    const left = this.#agents;
    this.#agents = undefined;
    this.#refreshing = undefined;
    void left?.close();
    this.#setState({ is: "connecting" });
    void this.#refreshWhileLoading(LOADING_RETRIES);
  }

  async start(): Promise<void> {
    await this.#refreshWhileLoading(LOADING_RETRIES);
  }

  /** Resolves when no reading of the page is under way: right after a navigation, calls wait for the new page. */
  async settled(): Promise<void> {
    await this.#refreshing;
  }

  /** @throws PanelError "page-not-ready" or "no-such-frame". */
  locate(ref: StoreRef): LocatedStore {
    if (this.#agents === undefined) {
      throw new PanelError("page-not-ready", `The page cannot be read now: ${reasonOf(this.#state)}`);
    }
    return this.#agents.locate(ref);
  }

  /** The store as a sync session wants it; without settings, whole. @throws as `locate`. */
  localStore(ref: StoreRef, settings: MappingSettings = {}): LocalStore {
    const located = this.locate(ref);
    const columns = rowMappingOf(settings);
    const { ignore = [] } = settings;
    return located.client.store(located.ref, columns === undefined ? { ignore } : { ignore: [], columns });
  }

  /** Where a store is in the page now: several frames of one storage key share their stores. */
  find(store: StoreIdentity): StoreRef | undefined {
    if (this.#state.is !== "ready") return undefined;
    const frame = this.#state.frames.find(
      (candidate) => candidate.storageKey === store.storageKey && candidate.unreachable === undefined,
    );
    if (frame === undefined) return undefined;
    return { frame: frame.path, bucket: store.bucket, database: store.database, store: store.store };
  }

  async #refreshWhileLoading(delays: readonly number[]): Promise<void> {
    const visit = this.#visit;
    const state = await this.refresh();
    const [delay, ...later] = delays;
    const mayBeLoading =
      state.is === "cannot-inspect" || (state.is === "ready" && !state.frames.some(hasDatabase));
    if (!mayBeLoading || delay === undefined || visit !== this.#visit) return;
    this.#after(delay, () => this.#refreshWhileLoading(later));
  }

  async #read(visit: number): Promise<PageState> {
    clearTimeout(this.#retry);
    const { host, connectAgent } = this.#options;
    try {
      const agents = await Agents.connect(host, connectAgent, this.#agents);
      if (visit !== this.#visit) {
        await agents.close();
        return this.#state;
      }
      this.#agents = agents;
      return this.#setState({ is: "ready", frames: agents.frames, usesWorker: agents.usesWorker });
    } catch (error) {
      if (visit !== this.#visit) return this.#state;
      const state = this.#setState(stateOf(error));
      if (state.is === "paused") this.#after(PAUSED_RETRY, () => this.refresh());
      return state;
    }
  }

  #after(delay: number, work: () => Promise<unknown>): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void work(), delay);
  }

  #setState(state: PageState): PageState {
    this.#state = state;
    this.#options.onState(state);
    return state;
  }
}

function stateOf(error: unknown): PageState {
  const { code, message } = toWorkerError(error);
  if (error instanceof AgentError && code === "paused") return { is: "paused" };
  if (code === "cannot-inspect" || code === "interferes") return { is: code, reason: message };
  return { is: "error", reason: message };
}

function reasonOf(state: PageState): string {
  switch (state.is) {
    case "connecting":
      return "it is still being connected. Wait a moment.";
    case "paused":
      return "it is paused in the debugger. Resume it.";
    case "ready":
      return "it was left. Read the tree again.";
    default:
      return state.reason;
  }
}

function hasDatabase(frame: FrameNode): boolean {
  return frame.buckets.some((bucket) => bucket.databases.length > 0);
}
