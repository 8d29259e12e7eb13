/**
 * One agent for each part of the page that can be evaluated in.
 *
 * The top frame's agent reaches the frames of its origin by itself. Chromium also evaluates in a frame named by
 * its URL: that is how frames of other origins are reached, each with an agent of its own. Where such a frame
 * stands in the page it tells itself, since one URL may name several frames (decision 4).
 */
import type { AgentClient } from "../../../../agent/client/agent-client.ts";
import type { FrameDescription } from "../../../../agent/wire/page-description.ts";
import type { StoreRef as AgentStoreRef } from "../../../../agent/wire/store-ref.ts";
import type { FrameNode, HostApi, StoreRef } from "../api.ts";
import { PanelError } from "../panel-error.ts";

/** The part of the agent's client that the panel uses. */
export type PageAgent = Pick<
  AgentClient,
  "describePage" | "store" | "records" | "keys" | "count" | "watchWrites" | "close"
>;

/** How an agent comes to be; injected, so that nothing here knows where its source is from. */
export type ConnectAgent = (evaluate: Evaluate) => Promise<PageAgent>;

type Evaluate = (code: string) => Promise<string>;

interface Root {
  /** Path of the frame that this agent evaluates in. */
  readonly path: readonly number[];
  /** By which the browser names the frame; undefined = the top frame. */
  readonly url: string | undefined;
  readonly client: PageAgent;
  readonly frames: readonly FrameDescription[];
}

export interface LocatedStore {
  readonly client: PageAgent;
  readonly ref: AgentStoreRef;
}

/**
 * The frame's path from the top: its position among its parent's frames, and so on upwards, as digits and
 * commas. Windows can be compared and indexed across origins. A frame that lies here lies about itself alone.
 */
const PATH_EXPRESSION = `(function(){for(var p="",w=window;w!==window.top;w=w.parent){
for(var i=0;i<w.parent.length&&w.parent[i]!==w;)i++;p=p===""?""+i:i+","+p}return p})()`;

const NO_ADDRESS_LEADS_HERE =
  "This browser names frames by address, and no address leads to this one: another frame has the same, or it is still loading.";

export class Agents {
  readonly frames: readonly FrameNode[];
  readonly #roots: readonly Root[];

  /**
   * Reads the tree anew. Agents of `previous` that still answer are used again, since other work may be
   * running on them; those that are no longer needed are closed.
   *
   * @throws AgentError when the top frame cannot be reached; other frames only say so in `frames`.
   */
  static async connect(
    host: Pick<HostApi, "evaluate" | "frameUrls">,
    connect: ConnectAgent,
    previous?: Agents,
  ): Promise<Agents> {
    const previousRoots = previous === undefined ? [] : previous.#roots;
    const open = (path: readonly number[], url: string | undefined, evaluate: Evaluate): Promise<Root> => {
      const known = previousRoots.find((root) => root.url === url && isSamePath(root.path, path));
      return reopenRoot(known, () => openRoot(connect(evaluate), path, url));
    };
    const top = await open([], undefined, (code) => host.evaluate(code));
    const roots = [top];
    const urls = await host.frameUrls();
    for (const url of urls) {
      if (roots.some((root) => root.frames.some((frame) => frame.url === url))) continue;
      const missing = roots.flatMap((root) => root.frames.filter((frame) => frame.unreachable !== undefined));
      const evaluate: Evaluate = (code) => host.evaluate(code, url);
      // A frame that cannot be read stays listed as unreachable.
      const path = await pathOf(evaluate, missing).catch(() => undefined);
      const root = path && (await open(path, url, evaluate).catch(() => undefined));
      if (root !== undefined) roots.push(root);
    }
    const gone = previousRoots.filter((old) => !roots.some((root) => root.client === old.client));
    await Promise.allSettled(gone.map((root) => root.client.close()));
    return new Agents(roots, urls.length > 0);
  }

  private constructor(roots: readonly Root[], namesFrames: boolean) {
    this.#roots = roots;
    const own = (path: readonly number[]) => roots.some((root) => isSamePath(root.path, path));
    this.frames = roots
      .flatMap((root) => root.frames.filter((frame) => isSamePath(frame.path, root.path) || !own(frame.path)))
      .map((frame) => toNode(frame, namesFrames))
      .sort((a, b) => comparePaths(a.path, b.path));
  }

  /** Whether the top frame's agent works in a worker, where the page cannot interfere. */
  get usesWorker(): boolean {
    return this.#roots[0]?.frames[0]?.realm === "worker";
  }

  /** @throws PanelError "no-such-frame". */
  locate(ref: StoreRef): LocatedStore {
    const root = this.#roots.find((candidate) =>
      candidate.frames.some((frame) => frame.unreachable === undefined && isSamePath(frame.path, ref.frame)),
    );
    if (root === undefined) {
      throw new PanelError(
        "no-such-frame",
        "The frame of this store is gone or cannot be read. Read the tree again.",
      );
    }
    const { bucket, database, store } = ref;
    return {
      client: root.client,
      ref: { frame: ref.frame.slice(root.path.length), bucket, database, store },
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#roots.map((root) => root.client.close()));
  }
}

async function openRoot(
  connected: Promise<PageAgent>,
  path: readonly number[],
  url: string | undefined,
): Promise<Root> {
  const client = await connected;
  try {
    return await describeRoot({ path, url, client });
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Whatever is wrong with the agent at hand, a new one either mends it or says what is wrong. */
async function reopenRoot(known: Root | undefined, open: () => Promise<Root>): Promise<Root> {
  if (known === undefined) return open();
  try {
    return await describeRoot(known);
  } catch {
    return open();
  }
}

async function describeRoot(root: Omit<Root, "frames">): Promise<Root> {
  const { path, url, client } = root;
  const { frames } = await client.describePage();
  return { path, url, client, frames: frames.map((frame) => ({ ...frame, path: [...path, ...frame.path] })) };
}

/** Undefined when the URL leads to a frame that is none of those missing. */
async function pathOf(
  evaluate: Evaluate,
  missing: readonly FrameDescription[],
): Promise<number[] | undefined> {
  if (missing.length === 0) return undefined;
  const path = parsePath(await evaluate(PATH_EXPRESSION));
  return path && missing.some((frame) => isSamePath(frame.path, path)) ? path : undefined;
}

function parsePath(text: string): number[] | undefined {
  return /^\d{1,4}(,\d{1,4}){0,63}$/.test(text) ? text.split(",").map(Number) : undefined;
}

function toNode(frame: FrameDescription, namesFrames: boolean): FrameNode {
  const { path, url, origin, storageKey, buckets } = frame;
  const node = { path, url, origin, storageKey, buckets };
  if (frame.unreachable === undefined) return node;
  const isOutOfReach = namesFrames && url === "";
  return { ...node, unreachable: isOutOfReach ? NO_ADDRESS_LEADS_HERE : frame.unreachable };
}

function isSamePath(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((step, i) => step === b[i]);
}

/** A frame comes before its children, siblings in their order. */
function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
