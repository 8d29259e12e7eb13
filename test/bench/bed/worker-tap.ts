/**
 * Listens to the calls between the panel and its own worker, and calls the worker beside the panel.
 *
 * The panel has no hook for tests: the worker is found among the document's objects by the DevTools protocol.
 * So what is measured is the built extension as it is.
 */
import type { BrowserContext, Frame } from "playwright";
import type { WorkerApi } from "../../../extension/panel/worker/api.ts";

type Answer<Method extends keyof WorkerApi> = Awaited<ReturnType<WorkerApi[Method]>>;

/** A call that the panel made and the worker answered. */
export interface TappedCall<Method extends keyof WorkerApi> {
  readonly method: Method;
  /** From the call to its answer, as the panel's thread sees it. */
  readonly milliseconds: number;
  readonly answer: Answer<Method>;
}

/** What this module puts into the panel's document. */
interface Tap {
  readonly worker: Worker;
  readonly started: Map<number, { readonly method: string; readonly at: number }>;
  answered: { readonly method: string; readonly milliseconds: number; readonly answer: unknown }[];
  lastId: number;
}
declare global {
  var benchTap: Tap;
}

/** Their answers are small, and are all that the benchmarks look at. */
const TAPPED: readonly (keyof WorkerApi)[] = ["compare", "preview", "apply"];

export class WorkerTap {
  readonly #frame: Frame;

  private constructor(frame: Frame) {
    this.#frame = frame;
  }

  static async attach(context: BrowserContext, frame: Frame): Promise<WorkerTap> {
    const session = await context.newCDPSession(frame);
    const prototype = await session.send("Runtime.evaluate", { expression: "Worker.prototype" });
    const { objects } = await session.send("Runtime.queryObjects", {
      prototypeObjectId: String(prototype.result.objectId),
    });
    const { exceptionDetails } = await session.send("Runtime.callFunctionOn", {
      objectId: String(objects.objectId),
      functionDeclaration: String(install),
      arguments: [{ value: TAPPED }],
    });
    if (exceptionDetails) throw new Error(`the panel's worker was not found: ${exceptionDetails.text}`);
    await session.detach();
    return new WorkerTap(frame);
  }

  /** Calls a method of the worker as the panel does; what it takes and gives must be JSON. */
  async call<Method extends keyof WorkerApi>(
    method: Method,
    ...args: Parameters<WorkerApi[Method]>
  ): Promise<Answer<Method>> {
    return (await this.#frame.evaluate(callWorker, { method, args } as Call)) as Answer<Method>;
  }

  /** The panel's latest call of this method, once. */
  async last<Method extends keyof WorkerApi>(method: Method): Promise<TappedCall<Method>> {
    const call = await this.#frame.evaluate(takeLast, method);
    if (!call) throw new Error(`the panel has not called ${method} since the last time`);
    return call as unknown as TappedCall<Method>;
  }
}

interface Call {
  readonly method: string;
  readonly args: unknown[];
}

/** Runs in the panel's document, with the list of its workers as `this`. */
function install(this: readonly Worker[], tapped: readonly string[]): void {
  const [worker] = this;
  if (this.length !== 1 || !worker) throw new Error(`the panel has ${this.length} workers`);
  const tap: Tap = { worker, started: new Map(), answered: [], lastId: 1e9 };
  globalThis.benchTap = tap;
  const post = worker.postMessage;
  worker.postMessage = function (this: Worker, ...args: unknown[]) {
    const [message] = args as [{ rpc?: string; id?: number; method?: string }];
    const { rpc, id, method } = message;
    if (rpc === "call" && id !== undefined && method !== undefined && tapped.includes(method)) {
      tap.started.set(id, { method, at: performance.now() });
    }
    Reflect.apply(post, this, args);
  };
  worker.addEventListener("message", ({ data }) => {
    const call = data.rpc === "result" ? tap.started.get(data.id) : undefined;
    if (!call) return;
    tap.started.delete(data.id);
    const milliseconds = performance.now() - call.at;
    tap.answered.push({ method: call.method, milliseconds, answer: data.value });
  });
}

function callWorker({ method, args }: Call): Promise<unknown> {
  const { worker } = globalThis.benchTap;
  // The panel's own calls count from 1.
  const id = ++globalThis.benchTap.lastId;
  return new Promise((resolve, reject) => {
    const listen = ({ data }: MessageEvent): void => {
      if (data.id !== id || (data.rpc !== "result" && data.rpc !== "failure")) return;
      worker.removeEventListener("message", listen);
      if (data.rpc === "result") resolve(data.value);
      else reject(new Error(`${method}: ${data.error.code}: ${data.error.message}`));
    };
    worker.addEventListener("message", listen);
    worker.postMessage({ rpc: "call", id, method, args });
  });
}

function takeLast(method: string): Tap["answered"][number] | undefined {
  const call = globalThis.benchTap.answered.findLast((one) => one.method === method);
  globalThis.benchTap.answered = globalThis.benchTap.answered.filter((one) => one.method !== method);
  return call;
}
