/**
 * One panel's WebSocket: handshake first, then requests. Whatever goes wrong with a request is answered with
 * an `error` frame and the connection goes on.
 */

import type { RawData, WebSocket } from "ws";
import { encodeFrame, FrameError } from "../../core/protocol/frame-codec.ts";
import type { BridgeFrame, BridgeHandshakeFrame, PanelFrame } from "../../core/protocol/frames.ts";
import { HANDSHAKE_TIMEOUT_MS, MAX_FRAME_BYTES, MAX_REQUESTS_IN_FLIGHT } from "../../core/protocol/limits.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { readPanelFrame, readPanelHandshake } from "../../core/protocol/read-frame.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Drafts } from "../drafts/drafts.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Journal } from "../journal/journal.ts";
import type { Policies } from "../policies/policies.ts";
import type { ServedQueue } from "../queue/answer-queue.ts";
import type { Schedules } from "../schedules/schedules.ts";
import { answerRequest, type Request } from "./answer-request.ts";
import type { Connections } from "./connections.ts";
import type { DataFolder } from "./data-folder.ts";
import { OutStream } from "./out-stream.ts";
import { Refusal, ServerHandshake } from "./server-handshake.ts";

/** Close codes of ours, in the range that RFC 6455 leaves to applications. */
const CLOSE_REFUSED = 4001;
export const CLOSE_REVOKED = 4002;
export const CLOSE_SHUTDOWN = 1001;

/** What lies in the socket's buffer before senders have to wait. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** Frames of requests that are being worked on; beyond it, the socket is not read. */
const INCOMING_BYTES = 4 * MAX_FRAME_BYTES;

export interface PanelConnectionOptions {
  readonly folder: DataFolder;
  readonly connections: Connections;
  readonly drafts: Drafts;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly journal: Journal;
  readonly policies: Policies;
  readonly queue: ServedQueue;
  readonly port: number;
  readonly origin: string;
  /** Events for the console: no bodies, no secrets. */
  readonly log: (line: string) => void;
}

interface Running {
  readonly abort: AbortController;
  readonly stream: OutStream;
}

export class PanelConnection {
  readonly #socket: WebSocket;
  readonly #options: PanelConnectionOptions;
  readonly #running = new Map<number, Running>();
  #handshake: ServerHandshake | undefined;
  #helloPanelId: string | undefined;
  #panelId: string | undefined;
  #incomingBytes = 0;
  /** Handshake frames are answered one after the other. */
  #handshaking: Promise<void> = Promise.resolve();
  readonly #handshakeTimer: NodeJS.Timeout;

  constructor(socket: WebSocket, options: PanelConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#handshakeTimer = setTimeout(() => {
      this.#refuse(new Refusal("timeout", "The panel did not prove itself in time."));
    }, HANDSHAKE_TIMEOUT_MS);
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("close", () => this.#closed());
    // The close that follows an error is what counts.
    socket.on("error", () => {});
  }

  /** Set once it has proven itself. */
  get panelId(): string | undefined {
    return this.#panelId;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #closed(): void {
    clearTimeout(this.#handshakeTimer);
    for (const { abort } of this.#running.values()) abort.abort();
    if (this.#panelId !== undefined) this.#options.log(`panel ${this.#panelId} disconnected`);
  }

  #receive(data: RawData, isBinary: boolean): void {
    const bytes = isBinary ? toBytes(data) : undefined;
    if (this.#panelId !== undefined) {
      this.#serve(bytes);
      return;
    }
    this.#handshaking = this.#handshaking
      .then(() => this.#shakeHands(bytes))
      .catch((error) => this.#refuse(error));
  }

  // ---- handshake

  async #shakeHands(bytes: Uint8Array | undefined): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#panelId !== undefined) {
      // Came while the proof was being checked.
      this.#serve(bytes);
      return;
    }
    const { folder, port, origin } = this.#options;
    const frame = readPanelHandshake(bytes ?? new Uint8Array(0));
    if (frame.t === "hello" && this.#handshake === undefined) {
      this.#handshake = new ServerHandshake(folder, port, origin, frame);
      this.#helloPanelId = frame.panelId;
      this.#sendHandshake({ t: "welcome", ...(await this.#handshake.welcome(Date.now())) });
    } else if (frame.t === "prove" && this.#handshake !== undefined) {
      await this.#handshake.accept(frame.proof, Date.now());
      clearTimeout(this.#handshakeTimer);
      this.#panelId = this.#helloPanelId;
      this.#options.log(`panel ${this.#panelId} connected`);
      this.#sendHandshake({ t: "ready" });
    } else {
      throw new Refusal("malformed", `A "${frame.t}" frame does not belong here.`);
    }
  }

  #sendHandshake(frame: BridgeHandshakeFrame): void {
    this.#socket.send(encodeFrame(frame));
  }

  #refuse(error: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const code = error instanceof Refusal ? error.code : "malformed";
    const message = messageOf(error);
    this.#options.log(`a connection from ${this.#options.origin} was refused: ${code}`);
    this.#sendHandshake({ t: "refused", code, message });
    this.close(CLOSE_REFUSED, code);
  }

  // ---- requests

  #serve(bytes: Uint8Array | undefined): void {
    let frame: PanelFrame;
    try {
      if (bytes === undefined) {
        throw new FrameError(new ProtocolError("malformed-frame", "Frames are binary messages."), undefined);
      }
      frame = readPanelFrame(bytes);
    } catch (error) {
      const requestId = error instanceof FrameError ? error.requestId : undefined;
      void this.#sendError(requestId, error);
      return;
    }
    switch (frame.t) {
      case "grant":
        this.#running.get(frame.id)?.stream.grant(frame.bytes);
        return;
      case "cancel":
        this.#running.get(frame.id)?.abort.abort();
        return;
      case "ping":
        void this.#send({ t: "pong", id: frame.id }).catch(() => {});
        return;
      default:
        void this.#run(frame, bytes.length);
    }
  }

  async #run(request: Request, frameBytes: number): Promise<void> {
    const { id } = request;
    if (this.#running.has(id)) {
      const error = new ProtocolError("unexpected-frame", `Request ${id} is still being answered.`);
      await this.#sendError(undefined, error);
      return;
    }
    if (this.#running.size >= MAX_REQUESTS_IN_FLIGHT) {
      const message = `More than ${MAX_REQUESTS_IN_FLIGHT} requests at a time: wait for an answer.`;
      await this.#sendError(id, new ProtocolError("too-many-requests", message));
      return;
    }
    const abort = new AbortController();
    const window = "window" in request ? request.window : 1;
    const stream = new OutStream({ send: (bytes) => this.#sendBytes(bytes) }, window, abort.signal);
    this.#running.set(id, { abort, stream });
    const release = this.#hold(frameBytes);
    const { folder, connections, drafts, jobs, schedules, journal, policies, queue } = this.#options;
    const served = { connections, drafts, jobs, schedules, journal, policies, queue };
    const panelId = this.#panelId ?? "";
    const panelLabel = folder.findPanel(panelId)?.panel.label ?? panelId;
    try {
      const { signal } = abort;
      const context = { ...served, panelId, panelLabel, stream, signal, release };
      const last = await answerRequest(request, context);
      this.#running.delete(id);
      await this.#send(last);
    } catch (error) {
      this.#running.delete(id);
      const cancelled = abort.signal.aborted && error === abort.signal.reason;
      await this.#sendError(
        id,
        cancelled ? new ProtocolError("cancelled", "The request was cancelled.") : error,
      );
    } finally {
      release();
    }
  }

  /** Counts a request's bytes against what may be in work; reading stops while that is too much. */
  #hold(bytes: number): () => void {
    let held = bytes;
    this.#incomingBytes += held;
    if (this.#incomingBytes > INCOMING_BYTES) this.#socket.pause();
    return () => {
      this.#incomingBytes -= held;
      held = 0;
      if (this.#incomingBytes <= INCOMING_BYTES) this.#socket.resume();
    };
  }

  async #sendError(id: number | undefined, error: unknown): Promise<void> {
    const isTyped = error instanceof ProtocolError;
    if (!isTyped) this.#options.log(`a request failed: ${error instanceof Error ? error.name : "error"}`);
    const frame: BridgeFrame = {
      t: "error",
      ...(id === undefined ? {} : { id }),
      code: isTyped ? error.code : "internal",
      message: messageOf(error),
    };
    await this.#send(frame).catch(() => {});
  }

  async #send(frame: BridgeFrame): Promise<void> {
    await this.#sendBytes(encodeFrame(frame));
  }

  #sendBytes(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const isFull = socket.bufferedAmount > SOCKET_BUFFER_BYTES;
      socket.send(bytes, (error) => {
        if (error) reject(new ProtocolError("disconnected", "The panel is gone.", { cause: error }));
        else resolve();
      });
      if (!isFull) resolve();
    });
  }
}

function toBytes(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return Array.isArray(data) ? Buffer.concat(data) : data;
}
