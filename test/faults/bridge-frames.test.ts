import { Packr } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromBase32 } from "../../core/protocol/base32.ts";
import type { BridgeCredentials } from "../../core/protocol/client/bridge-credentials.ts";
import { openBridge } from "../../core/protocol/client/bridge-handshake.ts";
import type { BridgeSocket } from "../../core/protocol/client/bridge-socket.ts";
import { encodeFrame } from "../../core/protocol/frame-codec.ts";
import type { BridgeFrame } from "../../core/protocol/frames.ts";
import { MAX_FRAME_BYTES, STREAM_WINDOW_BYTES } from "../../core/protocol/limits.ts";
import { readBridgeFrame } from "../../core/protocol/read-frame.ts";
import { create, initOf } from "../conformance/suite/bed.ts";
import { PANEL, TestBridge } from "../support/bridge/test-bridge.ts";

/** A paired panel that says whatever a test wants. */
class RawPanel {
  readonly #socket: BridgeSocket;
  readonly #frames: BridgeFrame[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: BridgeSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.#frames.push(readBridgeFrame(new Uint8Array(data as ArrayBuffer)));
      this.#wake?.();
    };
  }

  static async connect({ key, ...credentials }: BridgeCredentials): Promise<RawPanel> {
    const secret = fromBase32(key, 16);
    if (secret === undefined) throw new Error("no key");
    const { WebSocket, label } = PANEL;
    return new RawPanel((await openBridge({ ...credentials, WebSocket, label, secret, pair: false })).socket);
  }

  send(frame: object | Uint8Array<ArrayBuffer> | string): void {
    const bytes =
      frame instanceof Uint8Array || typeof frame === "string" ? frame : encodeFrame(frame as { t: string });
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  /** Of the answers of a request, or of errors that belong to none. */
  async next(id?: number): Promise<BridgeFrame> {
    for (;;) {
      const at = this.#frames.findIndex((frame) => frame.id === id);
      const [frame] = at < 0 ? [] : this.#frames.splice(at, 1);
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Everything that the bridge has sent by the time it answers a ping. */
  async settled(id: number): Promise<BridgeFrame[]> {
    this.send({ t: "ping", id });
    await this.next(id);
    return this.#frames.splice(0);
  }

  close(): void {
    this.#socket.close();
  }
}

const foreign = (value: unknown): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new Packr({ useRecords: false }).pack(value));

let bridge: TestBridge;
let panel: RawPanel;
const COUNT = 60_000;

beforeAll(async () => {
  bridge = await TestBridge.start({
    connections: {
      local: { backend: "sqlite", file: "local.sqlite" },
      frozen: { backend: "sqlite", file: "local.sqlite", level: "read-only" },
      broken: { backend: "sqlite", file: "no/folder/x.sqlite" },
      part: { backend: "sqlite", file: "local.sqlite", collections: ["allowed"] },
    },
  });
  const { client, credentials } = await bridge.pair(bridge.pairing);
  const store = client.remoteStore("local", "shop");
  await store.init(initOf("shop"));
  await store.write(
    Array.from({ length: COUNT }, (_, i) => create(["a key of some length", i], i)),
    { applyId: "a" },
  );
  client.close();
  panel = await RawPanel.connect(credentials);
}, 600_000);
afterAll(() => bridge.dispose());

const shop = { connection: "local", collection: "shop" };

describe("a connection survives", () => {
  test.each([
    ["an unknown frame with an id", foreign({ t: "drop", id: 1 }), 1, "unknown-frame"],
    ["an unknown frame without one", foreign({ t: "drop" }), undefined, "unknown-frame"],
    ["a frame that lacks a field", foreign({ t: "scan", id: 2, connection: "local" }), 2, "malformed-frame"],
    ["bytes that are no frame", new Uint8Array([0xc1, 2, 3]), undefined, "malformed-frame"],
    ["nothing", new Uint8Array(0), undefined, "malformed-frame"],
    ["text", "hello", undefined, "malformed-frame"],
    ["a frame over the limit", new Uint8Array(MAX_FRAME_BYTES + 1), undefined, "frame-too-large"],
    [
      "a connection that is not configured",
      encodeFrame({ t: "meta", id: 3, connection: "x", collection: "y" } as { t: string }),
      3,
      "unknown-connection",
    ],
    [
      "a collection that is not served",
      encodeFrame({ t: "meta", id: 4, connection: "part", collection: "shop" } as { t: string }),
      4,
      "unknown-collection",
    ],
    [
      "a collection that is not there",
      encodeFrame({ t: "scan", id: 5, window: 1, ...shop, collection: "nope" } as { t: string }),
      5,
      "unknown-collection",
    ],
    [
      "a database that cannot be opened",
      encodeFrame({ t: "meta", id: 6, connection: "broken", collection: "y" } as { t: string }),
      6,
      "missing-folder",
    ],
  ])("%s", async (_, frame, id, code) => {
    panel.send(frame);
    expect(await panel.next(id)).toMatchObject({ t: "error", code });
    panel.send({ t: "ping", id: 99 });
    expect(await panel.next(99)).toEqual({ t: "pong", id: 99 });
  });

  const draft = { backend: "hbase", name: "x", url: "http://127.0.0.1:1" };
  test.each([
    ["that is missing", undefined],
    ["of another kind", { backend: "sqlite", name: "x", file: "/etc/passwd" }],
    ["that says its own level", { ...draft, level: "unattended" }],
    ["that names a file as its CA", { ...draft, tls: { ca: "/etc/passwd" } }],
    ["that names a file as its certificate", { ...draft, tls: { cert: "/etc/passwd" } }],
    [
      "that says where its secret is",
      { ...draft, credentials: { username: "a", password: { env: "HOME" } } },
    ],
    ["whose address holds a login", { ...draft, url: "http://a:b@127.0.0.1:1" }],
    ["whose name is a path", { ...draft, name: "../x" }],
    ["without contact points", { backend: "cassandra", name: "x", contactPoints: [], keyspace: "k" }],
  ])("a draft %s", async (_, value) => {
    for (const t of ["try-draft", "keep-draft"]) {
      panel.send(foreign({ t, id: 8, ...(value === undefined ? {} : { draft: value }) }));
      expect(await panel.next(8)).toMatchObject({ t: "error", code: "malformed-frame" });
    }
  });

  test("two requests with one id, and more than it may run at once", async () => {
    panel.send({ t: "scan", id: 7, window: 1, ...shop });
    panel.send({ t: "scan", id: 7, window: 1, ...shop });
    expect(await panel.next(undefined)).toMatchObject({ t: "error", code: "unexpected-frame" });
    for (let id = 100; id < 163; id++) panel.send({ t: "scan", id, window: 1, ...shop });
    panel.send({ t: "scan", id: 163, window: 1, ...shop });
    expect(await panel.next(163)).toMatchObject({ t: "error", code: "too-many-requests" });
    const ids = [7, ...Array.from({ length: 63 }, (_, i) => 100 + i)];
    for (const id of ids) panel.send({ t: "cancel", id });
    for (const id of ids) {
      let last = await panel.next(id);
      while (last.t === "entries") last = await panel.next(id);
      expect(last).toMatchObject({ t: "error", code: "cancelled" });
    }
  });
});

describe("back pressure", () => {
  test("a stream sends its window and then waits, however large a window is asked for", async () => {
    panel.send({ t: "scan", id: 10, window: 2 ** 40, ...shop });
    const sizes: number[] = [];
    const sum = (): number => sizes.reduce((total, size) => total + size, 0);
    while (sum() < STREAM_WINDOW_BYTES) sizes.push(await nextBatch());
    // The window was still open when the last one was sent: it may be overdrawn by that much.
    expect(sum()).toBeLessThan(STREAM_WINDOW_BYTES + Math.max(...sizes));
    for (let ping = 20; ping < 40; ping++) expect(await panel.settled(ping)).toEqual([]);
    panel.send({ t: "grant", id: 10, bytes: 2 ** 40 });
    let last = await panel.next(10);
    while (last.t === "entries") last = await panel.next(10);
    expect(last).toEqual({ t: "end", id: 10, count: COUNT });
  });

  /** The bytes of the next batch, about what its frame has. */
  async function nextBatch(): Promise<number> {
    const frame = await panel.next(10);
    if (frame.t !== "entries") throw new Error(`the stream ended with ${JSON.stringify(frame)}`);
    return encodeFrame(frame).length;
  }

  test("a cancelled stream ends with an error of its own", async () => {
    panel.send({ t: "scan", id: 11, window: 1, batchSize: 10, ...shop });
    expect(await panel.next(11)).toMatchObject({ t: "entries" });
    panel.send({ t: "cancel", id: 11 });
    expect(await panel.next(11)).toMatchObject({ t: "error", code: "cancelled" });
  });
});

describe("levels", () => {
  test("a read-only connection refuses to write and to make, and is listed as such", async () => {
    const { client } = await bridge.pair();
    const store = client.remoteStore("frozen", "shop");
    expect(store.capabilities.writable).toBe(false);
    expect(await store.write([create("x", 1)], { applyId: "a" })).toMatchObject([
      { status: "rejected", code: "read-only" },
    ]);
    await expect(client.remoteStore("frozen", "new").init(initOf("new"))).rejects.toMatchObject({
      code: "read-only",
    });
    expect((await store.meta())?.collection).toBe("shop");
  });

  test("connections are listed with their collections, counts and problems", async () => {
    const { client } = await bridge.pair();
    const connections = await client.connections();
    expect(connections).toMatchObject([
      { name: "local", backend: "sqlite", level: "confirm", collections: [{ name: "shop", count: COUNT }] },
      { name: "frozen", level: "read-only", collections: [{ name: "shop", count: COUNT }] },
      { name: "broken", problem: { code: "missing-folder" } },
      { name: "part", collections: [] },
    ]);
    expect(() => client.remoteStore("nowhere", "shop")).toThrow(
      expect.objectContaining({ code: "unknown-connection" }),
    );
  });
});
