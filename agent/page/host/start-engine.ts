/** Starts the engine in the best realm that the page's policies allow: worker, clean frame, page. */
import type { EngineFunction } from "virtual:driftscope-engine";
import type { EngineHandle, FromEngine, ToEngine } from "../../wire/engine-messages.ts";
import type { Realm } from "../../wire/page-description.ts";
import { type CleanRealm, openCleanRealm, type PageWindow } from "./clean-realm.ts";
import { type Platform, platformOf } from "./platform.ts";

/** A worker that neither starts nor fails within this time is given up. */
const WORKER_START_MS = 5_000;

export interface Engine {
  readonly document: Document;
  /** Undefined until the engine has started. */
  realm(): Realm | undefined;
  post(message: ToEngine): void;
  stop(): void;
}

interface Waiting {
  readonly message: ToEngine;
  next: Waiting | undefined;
}

/** @param onMessage told every message of the engine, in the page's event loop. */
export function startEngine(
  target: PageWindow,
  engine: EngineFunction,
  onMessage: (message: FromEngine) => void,
): Engine {
  const document = target.document;
  const realm = openCleanRealm(document);
  const platform = platformOf(target, realm);
  let handle: EngineHandle | undefined;
  let runsIn: Realm | undefined;
  let frameIsThere = true;
  let stopped = false;
  let first: Waiting | undefined;
  let last: Waiting | undefined;

  const removeFrame = () => {
    if (frameIsThere) realm.remove();
    frameIsThere = false;
  };
  const started = (as: Realm, by: EngineHandle) => {
    handle = by;
    runsIn = as;
    if (as === "worker" && !platform.needsFrame) removeFrame();
    for (let waiting = first; waiting !== undefined; waiting = waiting.next) by.receive(waiting.message);
    first = last = undefined;
  };
  const startWithoutWorker = () => {
    if (stopped || handle !== undefined) return;
    const inFrame = engineOfFrame(realm, engine, onMessage);
    if (inFrame !== undefined) started("frame", inFrame);
    else started("page", engine(realm.window, onMessage));
  };
  startWorker(platform, realm, engine, onMessage, started, startWithoutWorker);

  return {
    document,
    realm: () => runsIn,
    post: (message) => {
      if (handle !== undefined) {
        handle.receive(message);
        return;
      }
      const waiting: Waiting = { message, next: undefined };
      if (last === undefined) first = waiting;
      else last.next = waiting;
      last = waiting;
    },
    stop: () => {
      stopped = true;
      handle?.stop();
      removeFrame();
    },
  };
}

function startWorker(
  platform: Platform,
  realm: CleanRealm,
  engine: EngineFunction,
  onMessage: (message: FromEngine) => void,
  onStart: (as: Realm, handle: EngineHandle) => void,
  onRefused: () => void,
): void {
  let decided = false;
  let worker: ReturnType<Platform["newWorker"]>;
  try {
    worker = platform.newWorker(workerText(realm.functionText(engine)));
  } catch {
    // Trusted types throw here; after this turn, so that the caller has its engine first.
    platform.setTimeout(onRefused, 0);
    return;
  }
  const refuse = () => {
    if (decided) return;
    decided = true;
    worker.forgetUrl();
    worker.terminate();
    onRefused();
  };
  worker.onError(refuse);
  worker.onMessage((data) => {
    const message = data as FromEngine;
    if (message[0] !== "ready") {
      onMessage(message);
    } else if (!decided) {
      decided = true;
      worker.forgetUrl();
      onStart("worker", { receive: (to) => worker.post(to), stop: () => worker.terminate() });
    }
  });
  platform.setTimeout(refuse, WORKER_START_MS);
}

function workerText(engineText: string): string {
  return `const engine=(${engineText})(self,m=>postMessage(m));onmessage=e=>engine.receive(e.data);postMessage(["ready"])`;
}

/** Undefined where the page's CSP forbids evaluating in the frame. */
function engineOfFrame(
  realm: CleanRealm,
  engine: EngineFunction,
  onMessage: (message: FromEngine) => void,
): EngineHandle | undefined {
  try {
    const inFrame = realm.window.eval(`(${realm.functionText(engine)})`) as EngineFunction;
    return inFrame(realm.window, onMessage);
  } catch {
    return undefined;
  }
}
