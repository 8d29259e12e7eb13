/**
 * The functions of the page's platform that the host needs, from a realm that can be trusted: of the page's own
 * window where they are what the browser put there, else of the clean frame, which then has to stay.
 */
import type { CleanRealm, PageWindow } from "./clean-realm.ts";

export interface Platform {
  readonly newWorker: (text: string) => PlatformWorker;
  readonly setTimeout: (callback: () => void, milliseconds: number) => number;
  readonly onPageHide: (listener: () => void) => () => void;
  /** The clean frame's window owns timers and workers: removing it would end them. */
  readonly needsFrame: boolean;
}

export interface PlatformWorker {
  readonly post: (message: readonly unknown[]) => void;
  readonly onMessage: (listener: (data: unknown) => void) => void;
  readonly onError: (listener: () => void) => void;
  readonly forgetUrl: () => void;
  readonly terminate: () => void;
}

interface Functions {
  readonly Worker: typeof Worker;
  readonly Blob: typeof Blob;
  readonly createObjectURL: typeof URL.createObjectURL;
  readonly revokeObjectURL: typeof URL.revokeObjectURL;
  readonly postMessage: Worker["postMessage"];
  readonly terminate: Worker["terminate"];
  readonly addEventListener: EventTarget["addEventListener"];
  readonly removeEventListener: EventTarget["removeEventListener"];
  readonly messageData: (this: MessageEvent) => unknown;
  readonly setTimeout: (callback: () => void, milliseconds: number) => number;
}

export function platformOf(target: PageWindow, realm: CleanRealm): Platform {
  const clean = functionsOf(realm.window, realm);
  const own = untouchedFunctions(target, clean, realm);
  const functions = own ?? clean;
  const owner = own === undefined ? realm.window : target;
  const { apply } = realm;
  return {
    newWorker: (text) => newWorker(text, functions, realm),
    setTimeout: (callback, milliseconds) => apply(functions.setTimeout, owner, [callback, milliseconds]),
    onPageHide: (listener) => {
      apply(functions.addEventListener, target, ["pagehide", listener]);
      return () => apply(functions.removeEventListener, target, ["pagehide", listener]);
    },
    needsFrame: own === undefined,
  };
}

function functionsOf(window: PageWindow, realm: CleanRealm): Functions {
  const { getOwnPropertyDescriptor } = realm.window.Object;
  const data = getOwnPropertyDescriptor(window.MessageEvent.prototype, "data");
  return {
    Worker: window.Worker,
    Blob: window.Blob,
    createObjectURL: window.URL.createObjectURL,
    revokeObjectURL: window.URL.revokeObjectURL,
    postMessage: window.Worker.prototype.postMessage,
    terminate: window.Worker.prototype.terminate,
    addEventListener: window.EventTarget.prototype.addEventListener,
    removeEventListener: window.EventTarget.prototype.removeEventListener,
    messageData: data?.get as Functions["messageData"],
    setTimeout: window.setTimeout as unknown as Functions["setTimeout"],
  };
}

/**
 * The page's own functions, if each has the source text that the clean realm's has: "[native code]" cannot be
 * written in JavaScript, and a bound function or a proxy has no name there.
 */
function untouchedFunctions(target: PageWindow, clean: Functions, realm: CleanRealm): Functions | undefined {
  try {
    const own = functionsOf(target, realm);
    for (const name in clean) {
      const key = name as keyof Functions;
      if (realm.functionText(own[key]) !== realm.functionText(clean[key])) return undefined;
    }
    return own;
  } catch {
    return undefined;
  }
}

function newWorker(text: string, functions: Functions, realm: CleanRealm): PlatformWorker {
  const { apply } = realm;
  // The constructor iterates its argument: the array has to be one of the clean realm.
  const parts = new realm.window.Array<string>(text);
  const blob = new functions.Blob(parts, { type: "text/javascript" });
  const url = functions.createObjectURL(blob);
  const forgetUrl = () => functions.revokeObjectURL(url);
  let worker: Worker;
  try {
    worker = new functions.Worker(url);
  } catch (error) {
    forgetUrl();
    throw error;
  }
  return {
    post: (message) => apply(functions.postMessage, worker, [message]),
    onMessage: (listener) =>
      apply(functions.addEventListener, worker, [
        "message",
        (event: MessageEvent) => listener(apply(functions.messageData, event, [])),
      ]),
    onError: (listener) => apply(functions.addEventListener, worker, ["error", listener]),
    forgetUrl,
    terminate: () => apply(functions.terminate, worker, []),
  };
}
