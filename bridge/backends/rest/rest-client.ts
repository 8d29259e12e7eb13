/**
 * A server that is spoken to by HTTP: connections are kept alive, every answer has a time limit and a largest size, and
 * certificates are always checked.
 *
 * Nothing is repeated here: whether a request that failed may be sent again is a decision with the state at hand.
 */
import type { Dispatcher, Pool } from "undici";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";
import { networkWords, sentence, wasNotConnected } from "../shared/network-errors.ts";
import type { TlsFiles } from "../shared/tls-settings.ts";
import { loadUndici } from "./load-undici.ts";

/** Requests under way at a time; more wait. */
const CONNECTIONS = 64;

/** What comes in one answer is bounded by what was asked for: beyond this something is wrong. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export interface RestSettings {
  /** Names it for people: "Ignite at http://localhost:8080". */
  readonly where: string;
  /** Of the server, perhaps with a path that comes before all others. */
  readonly url: string;
  readonly requestTimeoutMs: number;
  /** Read with the first request. @throws BackendError */
  readonly tls?: (() => TlsFiles) | undefined;
  /** Sent with every request; made with the first one. @throws BackendError */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined;
}

export interface RestRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Encoded, with its leading slash, after the path of the settings. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether it can change something: then a failure leaves open whether it did. */
  readonly isWrite: boolean;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface Connection {
  readonly pool: Pool;
  readonly headers: Readonly<Record<string, string>>;
}

/** There is no body of "not modified". HBase's tells its length all the same, which fails who reads it. */
async function textOf(status: number, body: Dispatcher.ResponseData["body"]): Promise<string> {
  if (status !== 304) return body.text();
  await body.dump().catch(() => {});
  return "";
}

export class RestClient {
  readonly #settings: RestSettings;
  readonly #prefix: string;
  #open: Promise<Connection> | undefined;

  constructor(settings: RestSettings) {
    this.#settings = settings;
    this.#prefix = new URL(settings.url).pathname.replace(/\/+$/, "");
  }

  get where(): string {
    return this.#settings.where;
  }

  /** Any status is an answer. @throws BackendError when there is none; of a write it says whether it can have arrived */
  async send({ method, path, headers, body, isWrite }: RestRequest): Promise<RestAnswer> {
    const { pool, headers: always } = await this.#opened();
    try {
      const answer = await pool.request({
        method,
        path: this.#prefix + path,
        headers: { ...always, ...headers },
        body: body ?? null,
        // Else a PUT whose connection ends is sent again.
        idempotent: !isWrite,
      });
      const { statusCode: status, headers: answered } = answer;
      return { status, headers: answered, text: await textOf(status, answer.body) };
    } catch (error) {
      throw this.#named(error, isWrite);
    }
  }

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    this.#open = undefined;
    await open?.pool.destroy();
  }

  #opened(): Promise<Connection> {
    this.#open ??= this.#openPool().catch((error) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async #openPool(): Promise<Connection> {
    const { url, requestTimeoutMs, tls, headers } = this.#settings;
    const undici = await loadUndici();
    const pool = new undici.Pool(new URL(url).origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: requestTimeoutMs, ...tls?.(), rejectUnauthorized: true },
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    return { pool, headers: headers?.() ?? {} };
  }

  #named(error: unknown, isWrite: boolean): BackendError {
    if (error instanceof BackendError) return error;
    const { where } = this.#settings;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const isUnsent = wasNotConnected(error) || code === "UND_ERR_CONNECT_TIMEOUT";
    const options = { cause: error, nothingWritten: !isWrite || isUnsent };
    const words = isUnsent || code === "ECONNRESET" ? networkWords(error) : undefined;
    if (words !== undefined) {
      return new BackendError(
        "backend-unavailable",
        `${where} cannot be reached: ${sentence(words)}`,
        options,
      );
    }
    if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
      return new BackendError("backend-unavailable", `${where} did not answer in time.`, options);
    }
    const said = `${where} gave no answer: ${sentence(messageOf(error))}`;
    return new BackendError("backend-unavailable", said, options);
  }
}
