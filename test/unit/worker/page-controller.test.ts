import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentError } from "../../../agent/wire/agent-error.ts";
import type { FrameDescription, PageDescription } from "../../../agent/wire/page-description.ts";
import type { PageState, StoreRef } from "../../../extension/panel/worker/api.ts";
import type { PageAgent } from "../../../extension/panel/worker/page/agents.ts";
import { PageController } from "../../../extension/panel/worker/page/page-controller.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DATABASE = { name: "app", version: 1, stores: [] };

function frame(path: number[], url: string, changes: Partial<FrameDescription> = {}): FrameDescription {
  const { origin } = new URL(url);
  const buckets = [{ name: "", databases: [DATABASE] }];
  return { path, url, origin, storageKey: origin, realm: "worker", buckets, ...changes };
}

const hidden = (path: number[]): FrameDescription => ({
  path,
  url: "",
  origin: "",
  storageKey: "",
  buckets: [],
  unreachable: "another origin",
});

/** A page of frames, each root evaluated in by its URL ("" = top) and described as told. */
class FakePage {
  urls: string[] = [];
  roots: Record<string, { path: string; frames: FrameDescription[] }> = {};
  fault: AgentError | undefined;
  /** What a description that was begun waits for before it answers. */
  slow: Promise<void> | undefined;
  connections = 0;
  closed = 0;
  readonly states: PageState[] = [];

  readonly controller = new PageController({
    host: {
      evaluate: async (_code, url = "") => this.roots[url]?.path ?? "no path",
      frameUrls: async () => this.urls,
    },
    connectAgent: async (evaluate) => {
      this.connections += 1;
      const path = await evaluate("path");
      return this.#agent(path);
    },
    onState: (state) => this.states.push(state),
  });

  #agent(path: string): PageAgent {
    const unused = (): never => {
      throw new Error("not used here");
    };
    return {
      describePage: async (): Promise<PageDescription> => {
        if (this.fault) throw this.fault;
        const root = Object.values(this.roots).find((candidate) => candidate.path === path);
        await this.slow;
        return { frames: root?.frames ?? [] };
      },
      close: async () => {
        this.closed += 1;
      },
      store: unused,
      records: unused,
      keys: unused,
      watchWrites: () => Promise.reject(new Error("Nothing is watched here.")),
      count: async (ref) => Number(`${path.replaceAll(",", "")}9${(ref.frame ?? []).join("")}`),
    };
  }
}

const storeIn = (path: number[]): StoreRef => ({ frame: path, bucket: "", database: "app", store: "s" });

async function paths(page: FakePage): Promise<[string, string | undefined][]> {
  const state = await page.controller.refresh();
  if (state.is !== "ready") throw new Error(`not ready: ${state.is}`);
  return state.frames.map((node) => [node.path.join("."), node.unreachable]);
}

function nestedPage(): FakePage {
  const page = new FakePage();
  page.roots = {
    "": {
      path: "",
      frames: [
        frame([], "https://top.example/"),
        frame([0], "https://top.example/a"),
        hidden([1]),
        hidden([2]),
      ],
    },
    "https://other.example/": {
      path: "1",
      frames: [frame([], "https://other.example/"), frame([0], "https://other.example/in"), hidden([1])],
    },
    "https://deep.example/": { path: "1,1", frames: [frame([], "https://deep.example/")] },
  };
  page.urls = [
    "https://top.example/",
    "https://top.example/a",
    "https://other.example/",
    "https://deep.example/",
  ];
  return page;
}

describe("frames", () => {
  test("of other origins are reached by their URL and stand where they say", async () => {
    const page = nestedPage();
    const found = await paths(page);
    expect(found.map(([path]) => path)).toEqual(["", "0", "1", "1.0", "1.1", "2"]);
    expect(found.filter(([, why]) => why !== undefined)).toEqual([["2", expect.stringContaining("address")]]);
    const counts = await Promise.all(
      [[], [0], [1], [1, 0], [1, 1]].map((path) => {
        const { client, ref } = page.controller.locate(storeIn(path));
        return client.count(ref);
      }),
    );
    expect(counts).toEqual([9, 90, 19, 190, 119]);
    expect(() => page.controller.locate(storeIn([2]))).toThrow(
      expect.objectContaining({ code: "no-such-frame" }),
    );
  });

  test("are the agent's own words where the browser names no frames", async () => {
    const page = nestedPage();
    page.urls = [];
    expect(await paths(page)).toEqual([
      ["", undefined],
      ["0", undefined],
      ["1", "another origin"],
      ["2", "another origin"],
    ]);
  });

  test("that lie about their place take no other's", async () => {
    const page = nestedPage();
    for (const lie of ["0", "7", "", "1,", "x", "9".repeat(400)]) {
      page.roots["https://other.example/"] = { path: lie, frames: [frame([], "https://other.example/")] };
      expect((await paths(page)).map(([path]) => path)).toEqual(["", "0", "1", "2"]);
    }
  });

  test("keep their agents when the tree is read again, and lose those of frames that are gone", async () => {
    const page = nestedPage();
    await paths(page);
    expect([page.connections, page.closed]).toEqual([3, 0]);
    await paths(page);
    expect([page.connections, page.closed]).toEqual([3, 0]);
    page.urls = page.urls.filter((url) => url !== "https://deep.example/");
    await paths(page);
    expect([page.connections, page.closed]).toEqual([3, 1]);
  });
});

describe("states", () => {
  test("a paused page is tried again until it goes on", async () => {
    const page = nestedPage();
    page.fault = new AgentError("paused", "The page stands at a breakpoint.");
    expect(await page.controller.refresh()).toEqual({ is: "paused" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(page.states.at(-1)).toEqual({ is: "paused" });
    page.fault = undefined;
    await vi.advanceTimersByTimeAsync(1000);
    expect(page.states.at(-1)).toMatchObject({ is: "ready", usesWorker: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("what cannot be inspected, or interferes, says why, and nothing is tried again by itself", async () => {
    const page = nestedPage();
    for (const code of ["cannot-inspect", "interferes"] as const) {
      page.fault = new AgentError(code, `reason of ${code}`);
      expect(await page.controller.refresh()).toEqual({ is: code, reason: `reason of ${code}` });
      expect(() => page.controller.locate(storeIn([]))).toThrow(
        expect.objectContaining({
          code: "page-not-ready",
          message: expect.stringContaining(`reason of ${code}`),
        }),
      );
    }
    page.fault = new AgentError("malformed-answer", "no answer of an agent");
    expect(await page.controller.refresh()).toEqual({ is: "error", reason: "no answer of an agent" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("after a navigation the new page is read, a few times more while it has no database", async () => {
    const page = nestedPage();
    await page.controller.start();
    page.urls = [];
    page.roots = { "": { path: "", frames: [frame([], "https://next.example/", { buckets: [] })] } };
    page.controller.navigated();
    expect(page.states.at(-1)).toEqual({ is: "connecting" });
    expect(() => page.controller.locate(storeIn([]))).toThrow(
      expect.objectContaining({ code: "page-not-ready" }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(page.states.at(-1)).toMatchObject({ is: "ready" });
    expect(page.closed).toBe(3);
    page.roots = { "": { path: "", frames: [frame([], "https://next.example/")] } };
    await vi.advanceTimersByTimeAsync(300);
    expect(page.states.at(-1)).toMatchObject({ frames: [{ buckets: [{ databases: [DATABASE] }] }] });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a browser that refuses to look into a page that is being loaded is asked again", async () => {
    const page = nestedPage();
    await page.controller.start();
    page.fault = new AgentError("cannot-inspect", "no document yet");
    page.controller.navigated();
    await vi.advanceTimersByTimeAsync(0);
    expect(page.states.at(-1)).toMatchObject({ is: "cannot-inspect" });
    page.fault = undefined;
    await vi.advanceTimersByTimeAsync(300);
    expect(page.states.at(-1)).toMatchObject({ is: "ready" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("what was begun before a navigation is not taken for the new page, however late it answers", async () => {
    const page = nestedPage();
    let answer: () => void = () => undefined;
    page.slow = new Promise((resolve) => {
      answer = resolve;
    });
    page.urls = [];
    const before = page.controller.refresh();
    await vi.advanceTimersByTimeAsync(0);
    page.slow = undefined;
    page.roots = { "": { path: "", frames: [frame([], "https://next.example/")] } };
    page.controller.navigated();
    await vi.advanceTimersByTimeAsync(0);
    answer();
    await before;
    const next = { is: "ready", frames: [{ url: "https://next.example/" }] };
    expect(page.states.at(-1)).toMatchObject(next);
    expect(page.controller.state).toMatchObject(next);
    expect(page.closed).toBe(1);
  });

  test("stores are found by whose storage they are", async () => {
    const page = nestedPage();
    await page.controller.refresh();
    const store = { bucket: "", database: "app", store: "s" };
    expect(page.controller.find({ ...store, storageKey: "https://other.example" })).toEqual(storeIn([1]));
    expect(page.controller.find({ ...store, storageKey: "https://missing.example" })).toBeUndefined();
  });
});
