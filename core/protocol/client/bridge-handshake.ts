/** The panel's side of the handshake; core/protocol/proof.ts says what is proven. */
import { encodeFrame } from "../frame-codec.ts";
import type { BridgeHandshakeFrame } from "../frames.ts";
import { HANDSHAKE_TIMEOUT_MS, NONCE_BYTES } from "../limits.ts";
import { derivePanelKey, type Handshake, prove, verifyProof } from "../proof.ts";
import { ProtocolError } from "../protocol-error.ts";
import { readBridgeHandshake } from "../read-frame.ts";
import { PROTOCOL_VERSIONS } from "../version.ts";
import { BridgeConnectError } from "./bridge-errors.ts";
import type { BridgeSocket, BridgeSocketConstructor } from "./bridge-socket.ts";

export interface HandshakeInput {
  readonly WebSocket: BridgeSocketConstructor;
  readonly port: number;
  readonly bridgeId: string;
  readonly panelId: string;
  /** The pairing code, or the panel's key. */
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly pair: boolean;
  /** What `driftscope panels` shows. */
  readonly label: string;
}

export interface Handshaken {
  readonly socket: BridgeSocket;
  /** The key to keep after a pairing. */
  readonly panelKey: Uint8Array;
}

/**
 * Opens a socket and proves to each other who is there. The panel proves nothing before the bridge has.
 * @throws BridgeConnectError
 */
export async function openBridge(input: HandshakeInput): Promise<Handshaken> {
  const socket = new input.WebSocket(`ws://127.0.0.1:${input.port}/`);
  socket.binaryType = "arraybuffer";
  const frames = new HandshakeFrames(socket, input.port);
  try {
    await frames.opened;
    const panelKey = await shakeHands(socket, frames, input);
    return { socket, panelKey };
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    frames.stop();
  }
}

async function shakeHands(
  socket: BridgeSocket,
  frames: HandshakeFrames,
  { panelId, bridgeId, pair, label, port, secret }: HandshakeInput,
): Promise<Uint8Array> {
  const panelNonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  socket.send(
    encodeFrame({ t: "hello", versions: PROTOCOL_VERSIONS, panelId, nonce: panelNonce, pair, label } as {
      readonly t: string;
    }),
  );
  const welcome = await frames.next("welcome", pair);
  if (!PROTOCOL_VERSIONS.includes(welcome.version)) {
    throw new BridgeConnectError(
      "version",
      `The bridge speaks protocol version ${welcome.version}, this panel ${PROTOCOL_VERSIONS.join(", ")}: update the older of the two.`,
    );
  }
  const handshake: Handshake = {
    pair,
    offeredVersions: PROTOCOL_VERSIONS,
    version: welcome.version,
    bridgeId,
    panelId,
    port,
    panelNonce,
    bridgeNonce: welcome.nonce,
  };
  const isOurs =
    welcome.bridgeId === bridgeId && (await verifyProof(secret, "bridge", handshake, welcome.proof));
  if (!isOurs) throw notOurs(welcome.bridgeId === bridgeId, pair, port);
  socket.send(
    encodeFrame({ t: "prove", proof: await prove(secret, "panel", handshake) } as { readonly t: string }),
  );
  await frames.next("ready", pair);
  return pair ? derivePanelKey(secret, handshake) : secret;
}

function notOurs(sameId: boolean, pair: boolean, port: number): BridgeConnectError {
  if (sameId && pair) {
    return new BridgeConnectError(
      "code-wrong",
      "The bridge does not have this pairing code: `driftscope pair` prints a new one, copy the whole line.",
    );
  }
  return new BridgeConnectError(
    "wrong-bridge",
    `Something else than the paired bridge answers on port ${port}: stop it, or pair the bridge that runs now.`,
  );
}

type FrameOf<T extends BridgeHandshakeFrame["t"]> = Extract<BridgeHandshakeFrame, { t: T }>;

/** The handshake's frames, one at a time; a close, a silence or nonsense ends it. */
class HandshakeFrames {
  readonly opened: Promise<void>;
  readonly #socket: BridgeSocket;
  readonly #port: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #queue: Uint8Array[] = [];
  #failure: BridgeConnectError | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: BridgeSocket, port: number) {
    this.#socket = socket;
    this.#port = port;
    let isOpen = false;
    this.opened = new Promise((resolve, reject) => {
      socket.onopen = () => {
        isOpen = true;
        resolve();
      };
      socket.onclose = () => {
        this.#fail(isOpen ? this.#silent() : this.#unreachable());
        reject(this.#failure);
      };
      this.#timer = setTimeout(() => {
        this.#fail(new BridgeConnectError("timeout", `Port ${port} does not answer as a bridge would.`));
        reject(this.#failure);
      }, HANDSHAKE_TIMEOUT_MS);
    });
    // Whatever fails, `close` follows.
    socket.onerror = () => {};
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.#queue.push(new Uint8Array(data));
      else this.#fail(this.#nonsense());
      this.#wake?.();
    };
  }

  /** @throws BridgeConnectError, also when the bridge refuses. */
  async next<T extends "welcome" | "ready">(type: T, pair: boolean): Promise<FrameOf<T>> {
    while (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#read(this.#queue.shift() as Uint8Array);
    if (frame.t === type) return frame as FrameOf<T>;
    if (frame.t === "refused") throw refused(frame, pair);
    throw this.#nonsense();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
  }

  #read(bytes: Uint8Array): BridgeHandshakeFrame {
    try {
      return readBridgeHandshake(bytes);
    } catch (error) {
      throw error instanceof ProtocolError ? this.#nonsense(error) : error;
    }
  }

  #fail(error: BridgeConnectError): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  #unreachable(): BridgeConnectError {
    return new BridgeConnectError(
      "not-running",
      `Nothing answers as a bridge on port ${this.#port}: start it with \`driftscope bridge\`.`,
    );
  }

  #silent(): BridgeConnectError {
    return new BridgeConnectError("wrong-bridge", `What listens on port ${this.#port} hung up.`);
  }

  #nonsense(cause?: unknown): BridgeConnectError {
    return new BridgeConnectError(
      "wrong-bridge",
      `What listens on port ${this.#port} is no Driftscope bridge.`,
      {
        cause,
      },
    );
  }
}

function refused({ code, message }: FrameOf<"refused">, pair: boolean): BridgeConnectError {
  switch (code) {
    case "version":
    case "not-paired":
    case "code-expired":
    case "timeout":
      return new BridgeConnectError(code, message);
    case "proof-wrong":
      return new BridgeConnectError(pair ? "code-wrong" : "not-paired", message);
    case "malformed":
      return new BridgeConnectError("wrong-bridge", message);
  }
}
