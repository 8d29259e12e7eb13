/** Starts the panel's worker and gives the panel its typed side of it. */
import type { HostApi, HostEvents, WorkerApi, WorkerError, WorkerEvents } from "./api.ts";
import { RpcPeer } from "./rpc.ts";

/** The host's methods and its events: what only the panel's own thread can do and hear. */
export interface WorkerHost extends HostApi {
  /** Called with the URL whenever the inspected page has navigated or reloaded. */
  onNavigated(listener: (url: string) => void): void;
}

export interface WorkerConnection {
  readonly api: WorkerApi;
  /** Answers the function that takes the listener away again. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (value: WorkerEvents[Name]) => void): () => void;
}

/**
 * Starts the worker. Calls may be made at once: they wait until it listens.
 * A worker that dies rejects every call with code "worker-died".
 */
export function connectWorker(host: WorkerHost): WorkerConnection {
  const worker = new Worker(new URL("./main.ts", import.meta.url), { type: "module", name: "driftscope" });
  const served: HostApi = {
    evaluate: (code, frameUrl) => host.evaluate(code, frameUrl),
    frameUrls: () => host.frameUrls(),
    storageGet: (key) => host.storageGet(key),
    storageSet: (key, value) => host.storageSet(key, value),
    persistStorage: () => host.persistStorage(),
    isPrivate: () => host.isPrivate(),
  };
  const peer = new RpcPeer<WorkerApi, WorkerEvents, HostEvents>(worker, served);
  worker.addEventListener("error", (event) => peer.fail(workerDied(event.message)));
  host.onNavigated((url) => peer.emit("navigated", { url }));
  return { api: peer.remote, on: (name, listener) => peer.on(name, listener) };
}

function workerDied(reason: string | undefined): WorkerError {
  return {
    code: "worker-died",
    message: `The panel's worker stopped${reason ? `: ${reason}` : ""}. Close DevTools and open it again. What was applied so far is kept.`,
  };
}
