/**
 * Requests over node:http. Its sibling fetch cannot write to a DataNode: that sends "100 Continue" unasked, which fetch takes
 * for a broken answer, while the file is written all the same.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../../../core/session/session-error.ts";
import { BackendError } from "../../backend-error.ts";
import { networkWords, sentence, wasNotConnected } from "../../shared/network-errors.ts";
import type { TlsFiles } from "../../shared/tls-settings.ts";

/** To one host at a time; more wait. */
const SOCKETS = 32;

/** Texts of answers that say how a request went. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

export interface HttpSettings {
  readonly requestTimeoutMs: number;
  /** Read with the first request. @throws BackendError */
  readonly tls?: (() => TlsFiles) | undefined;
}

export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Who is asked, for people: "the NameNode at http://…". */
  readonly whom: string;
  /** Whether it can change something: then a failure leaves open whether it did. */
  readonly isWrite: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** With its length, or as it comes. */
export type RequestBody =
  | { readonly chunks: readonly Uint8Array[]; readonly bytes: number }
  | AsyncIterable<Uint8Array>;

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export class HttpExchange {
  readonly #settings: HttpSettings;
  #agents: Agents | undefined;
  readonly #texts = new WeakMap<IncomingMessage, string>();

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /** Any status is an answer; its body waits to be read. @throws BackendError when there is none */
  async send(request: HttpRequest): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      // A server closes connections that wait for too long, perhaps just now; the same request may go again.
      if (!(error instanceof StaleSocketError)) throw named(error, request);
      return await this.#sendOnce(request).catch((again) => {
        throw named(again, request);
      });
    }
  }

  /** May be asked for again. */
  async text(answer: IncomingMessage, request: HttpRequest): Promise<string> {
    const known = this.#texts.get(answer);
    if (known !== undefined) return known;
    const text = (await this.bytes(answer, request, MAX_TEXT_BYTES)).toString("utf8");
    this.#texts.set(answer, text);
    return text;
  }

  async bytes(answer: IncomingMessage, request: HttpRequest, limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.stream(answer, request)) {
      length += chunk.length;
      if (length > limit) {
        answer.destroy();
        throw new BackendError(
          "too-large",
          `${request.whom} sent more than the ${limit} bytes that were asked for.`,
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }

  /** @throws BackendError also where the answer ends before its end. */
  async *stream(answer: IncomingMessage, request: HttpRequest): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of answer) yield chunk as Buffer;
      if (!answer.complete) throw new Error("the answer was cut off");
    } catch (error) {
      request.signal?.throwIfAborted();
      throw named(error, request);
    }
  }

  close(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
    this.#agents = undefined;
  }

  #sendOnce({ method, url, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
    const { http, https } = this.#opened();
    const isSecure = url.protocol === "https:";
    const length = body !== undefined && "bytes" in body ? { "content-length": String(body.bytes) } : {};
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method,
      agent: isSecure ? https : http,
      headers: { ...headers, ...length },
      timeout: this.#settings.requestTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    /** What made the body failed: then the request's own error says nothing. */
    let bodyFailure: unknown;
    return new Promise((resolve, reject) => {
      request.once("response", (answer) => {
        // What is read late is not waited for for ever.
        answer.setTimeout(this.#settings.requestTimeoutMs, () => answer.destroy(new TimeoutError()));
        resolve(answer);
      });
      request.once("timeout", () => request.destroy(new TimeoutError()));
      request.on("error", (error) => {
        if (bodyFailure !== undefined) reject(bodyFailure);
        else reject(isStale(error) && request.reusedSocket ? new StaleSocketError() : error);
      });
      if (body === undefined) {
        request.end();
        return;
      }
      const source = Readable.from("bytes" in body ? body.chunks : body);
      source.once("error", (error) => {
        bodyFailure = error;
      });
      // How it ends shows by the answer, or by the request's error.
      pipeline(source, request).catch(() => {});
    });
  }

  #opened(): Agents {
    const tls = this.#settings.tls?.();
    this.#agents ??= {
      http: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
      https: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS, ...tls, rejectUnauthorized: true }),
    };
    return this.#agents;
  }
}

class TimeoutError extends Error {}

class StaleSocketError extends Error {}

const isStale = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");

function named(error: unknown, { whom, isWrite, signal }: HttpRequest): unknown {
  if (error instanceof BackendError || signal?.aborted) return error;
  const options = { cause: error, nothingWritten: !isWrite || wasNotConnected(error) };
  if (error instanceof TimeoutError) {
    return new BackendError("backend-unavailable", `${whom} did not answer in time.`, options);
  }
  const words = networkWords(error);
  return new BackendError(
    "backend-unavailable",
    words === undefined
      ? `${whom} gave no answer: ${sentence(messageOf(error))}`
      : `${whom} cannot be reached: ${sentence(words)}`,
    options,
  );
}
