import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { toHex } from "../../core/key/hex.ts";
import { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import { CHROMIUM_ORIGIN } from "../../core/protocol/extension-origin.ts";
import { encodeFrame } from "../../core/protocol/frame-codec.ts";
import type { BridgeHandshakeFrame } from "../../core/protocol/frames.ts";
import {
  formatPairing,
  newPairingCode,
  newPanelId,
  parsePairing,
} from "../../core/protocol/pairing-string.ts";
import { readBridgeHandshake, readPanelHandshake } from "../../core/protocol/read-frame.ts";
import { PANEL, TestBridge } from "../support/bridge/test-bridge.ts";

let bridge: TestBridge;
beforeEach(async () => {
  bridge = await TestBridge.start();
});
afterEach(() => bridge.dispose());

const failed = (code: string) => expect.objectContaining({ name: "BridgeConnectError", code });
const keep = async (): Promise<void> => {};

/** A socket that has proven nothing. */
async function rawSocket(origin = CHROMIUM_ORIGIN, host?: string): Promise<WebSocket> {
  const options = { origin, ...(host === undefined ? {} : { headers: { host } }) };
  const socket = new WebSocket(`ws://127.0.0.1:${bridge.port}/`, options);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

function nextFrame(socket: WebSocket): Promise<BridgeHandshakeFrame> {
  return new Promise((resolve) =>
    socket.once("message", (data: Buffer) => resolve(readBridgeHandshake(data))),
  );
}

const hello = (change: object = {}) =>
  encodeFrame({
    t: "hello",
    versions: [1],
    panelId: newPanelId(),
    nonce: new Uint8Array(32),
    pair: true,
    label: "",
    ...change,
  } as { t: string });

describe("pairing", () => {
  test("leaves a key with which the panel connects again, also after a restart", async () => {
    const { client, credentials } = await bridge.pair(bridge.pairing);
    expect(credentials).toMatchObject({ bridgeId: bridge.bridgeId, port: bridge.port });
    client.close();
    const again = await BridgeClient.connect(credentials, PANEL);
    expect(await again.ping()).toBeGreaterThan(0);
    again.close();
    await bridge.kill();
    await bridge.run();
    const third = await BridgeClient.connect(credentials, PANEL);
    expect(await third.connections()).toHaveLength(1);
    third.close();
  });

  test("works once", async () => {
    await bridge.pair(bridge.pairing);
    await expect(BridgeClient.pair(bridge.pairing, keep, PANEL)).rejects.toEqual(failed("code-expired"));
  });

  test("with a wrong code fails, is told apart from a wrong bridge, and leaves the right code usable", async () => {
    const right = parsePairing(bridge.pairing);
    const wrong = formatPairing({ ...right, code: newPairingCode() });
    await expect(BridgeClient.pair(wrong, keep, PANEL)).rejects.toEqual(failed("code-wrong"));
    const other = formatPairing({ ...right, bridgeId: "0".repeat(16) });
    await expect(BridgeClient.pair(other, keep, PANEL)).rejects.toEqual(failed("wrong-bridge"));
    await bridge.pair(bridge.pairing);
  });

  test("is limited in its tries", async () => {
    const wrong = formatPairing({ ...parsePairing(bridge.pairing), code: newPairingCode() });
    for (let i = 0; i < 10; i++) {
      await expect(BridgeClient.pair(wrong, keep, PANEL)).rejects.toEqual(failed("code-wrong"));
    }
    await expect(BridgeClient.pair(bridge.pairing, keep, PANEL)).rejects.toEqual(failed("code-expired"));
    await bridge.pair((await bridge.cli("pair", "--data", bridge.dataDir)).stdout.trim());
  });

  test("that cannot be kept is not used", async () => {
    const full = async (): Promise<void> => {
      throw new Error("storage is full");
    };
    await expect(BridgeClient.pair(bridge.pairing, full, PANEL)).rejects.toThrow("storage is full");
  });

  test("many panels, each revocable: a revoked one loses its connection and the others do not", async () => {
    const { client: first, credentials } = await bridge.pair(bridge.pairing);
    const { client: second } = await bridge.pair();
    const { stdout } = await bridge.cli("panels", "--data", bridge.dataDir);
    expect(stdout).toContain(credentials.panelId);
    expect(stdout).toContain(CHROMIUM_ORIGIN);
    const lost = new Promise<void>((resolve) => {
      const poll = setInterval(() => {
        if (first.state.is !== "failed") return;
        clearInterval(poll);
        resolve();
      }, 5);
    });
    await bridge.cli("revoke", credentials.panelId, "--data", bridge.dataDir);
    await lost;
    expect(first.state).toMatchObject({ is: "failed", error: { code: "not-paired" } });
    await expect(first.reconnect()).rejects.toEqual(failed("not-paired"));
    expect(await second.ping()).toBeGreaterThan(0);
  });
});

describe("who else is on the port", () => {
  /** Answers the panel's hello as the test says, and keeps every byte it was sent. */
  async function impostor(answer: (socket: WebSocket, hello: Uint8Array) => void) {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    const heard: Uint8Array[] = [];
    server.on("connection", (socket) => {
      socket.on("message", (data: Buffer) => {
        heard.push(data);
        answer(socket, data);
      });
    });
    return { port: (server.address() as AddressInfo).port, heard, close: () => server.close() };
  }

  test("nobody: not running", async () => {
    const { credentials, client } = await bridge.pair(bridge.pairing);
    client.close();
    await bridge.stop();
    await expect(BridgeClient.connect(credentials, PANEL)).rejects.toEqual(failed("not-running"));
  });

  test("a squatter learns nothing: no proof, no key, no request", async () => {
    const { credentials, client } = await bridge.pair(bridge.pairing);
    client.close();
    const squatter = await impostor((socket) => {
      const welcome = {
        t: "welcome",
        version: 1,
        bridgeId: credentials.bridgeId,
        nonce: new Uint8Array(32),
        proof: new Uint8Array(32),
      };
      socket.send(encodeFrame(welcome as { t: string }));
    });
    const lured = { ...credentials, port: squatter.port };
    await expect(BridgeClient.connect(lured, PANEL)).rejects.toEqual(failed("wrong-bridge"));
    expect(squatter.heard).toHaveLength(1);
    const [heard = new Uint8Array(0)] = squatter.heard;
    const said = readPanelHandshake(heard);
    expect(Object.keys(said).sort()).toEqual(["label", "nonce", "pair", "panelId", "t", "versions"]);
    expect(toHex(heard)).not.toContain(toHex(new TextEncoder().encode(credentials.key)));
    squatter.close();
  });

  test("one that passes everything through to the real bridge is found out by the port", async () => {
    const { credentials, client } = await bridge.pair(bridge.pairing);
    client.close();
    const relay = await impostor(async (socket, data) => {
      const real = await rawSocket();
      real.on("message", (answer) => socket.send(answer));
      real.send(data);
    });
    await expect(BridgeClient.connect({ ...credentials, port: relay.port }, PANEL)).rejects.toEqual(
      failed("wrong-bridge"),
    );
    expect(relay.heard).toHaveLength(1);
    relay.close();
  });

  test("one that talks nonsense, or hangs up", async () => {
    const { credentials, client } = await bridge.pair(bridge.pairing);
    client.close();
    for (const answer of [
      (socket: WebSocket) => socket.send("HTTP?"),
      (socket: WebSocket) => socket.send(new Uint8Array([1, 2, 3])),
      (socket: WebSocket) => socket.close(),
    ]) {
      const other = await impostor(answer);
      await expect(BridgeClient.connect({ ...credentials, port: other.port }, PANEL)).rejects.toEqual(
        failed("wrong-bridge"),
      );
      other.close();
    }
  });

  test("another bridge than the one that was paired", async () => {
    const { credentials, client } = await bridge.pair(bridge.pairing);
    client.close();
    const other = await TestBridge.start();
    try {
      const lured = { ...credentials, port: other.port };
      await expect(BridgeClient.connect(lured, PANEL)).rejects.toEqual(failed("not-paired"));
    } finally {
      await other.dispose();
    }
  });
});

describe("what the bridge refuses", () => {
  test.each([
    ["a page", "http://127.0.0.1:5173", undefined],
    ["another extension", "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", undefined],
    ["a rebound name", CHROMIUM_ORIGIN, "evil.example"],
  ])("an upgrade from %s", async (_, origin, host) => {
    await expect(rawSocket(origin, host)).rejects.toThrow("403");
  });

  test.each([
    ["a version it does not speak", { versions: [99] }, "version"],
    ["a panel it does not know", { pair: false }, "not-paired"],
  ])("%s, with a reason", async (_, change, code) => {
    const socket = await rawSocket();
    socket.send(hello(change));
    expect(await nextFrame(socket)).toMatchObject({ t: "refused", code });
    const [closeCode] = await new Promise<[number]>((resolve) =>
      socket.once("close", (given) => resolve([given])),
    );
    expect(closeCode).toBe(4001);
  });

  test("a wrong proof, and requests before any proof", async () => {
    const guessing = await rawSocket();
    guessing.send(hello());
    expect(await nextFrame(guessing)).toMatchObject({ t: "welcome" });
    guessing.send(encodeFrame({ t: "prove", proof: new Uint8Array(32) } as { t: string }));
    expect(await nextFrame(guessing)).toMatchObject({ t: "refused", code: "proof-wrong" });

    const pushing = await rawSocket();
    pushing.send(encodeFrame({ t: "connections", id: 1 } as { t: string }));
    expect(await nextFrame(pushing)).toMatchObject({ t: "refused", code: "malformed" });
  });
});
