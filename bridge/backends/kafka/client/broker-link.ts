/**
 * A connection to one broker, and the timer that the client lacks: where a broker dies or freezes in the middle of a
 * request, its promises never settle, and an answer that comes after its own time limit stops the connection for good. So
 * the limit is ours, and a connection that has passed it is destroyed.
 */
import type { Connection } from "@platformatic/kafka";
import type { TlsFiles } from "../../shared/tls-settings.ts";
import { failureOfConnection, failureOfRequest, KafkaFailure } from "./kafka-failure.ts";
import type { Client } from "./load-client.ts";

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface SaslLogin {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

export interface LinkOptions {
  readonly timeoutMs: number;
  readonly sasl?: SaslLogin | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** Of the client's own limits, which never come before ours. */
const NEVER_MS = 2 ** 31 - 1;

/** Requests that may be under way; ours are few. */
const IN_FLIGHT = 100;

export class BrokerLink {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  #isDestroyed = false;

  private constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws KafkaFailure "unreachable", "login" */
  static async open(
    client: Client,
    { host, port }: BrokerAddress,
    options: LinkOptions,
  ): Promise<BrokerLink> {
    const { timeoutMs, sasl, tls } = options;
    const connection = new client.Connection("driftscope", {
      // A login that is refused is told by a broker that waits a moment before it does.
      connectTimeout: NEVER_MS,
      requestTimeout: NEVER_MS,
      maxInflights: IN_FLIGHT,
      ...(sasl === undefined ? {} : { sasl }),
      ...(tls === undefined ? {} : { tls: { ...tls } }),
    });
    // Each request that it ends is told; without a listener it would end the process.
    connection.on("error", () => {});
    const link = new BrokerLink(connection, timeoutMs);
    try {
      await link.#withinLimit(Promise.resolve(connection.connect(host, port)));
      return link;
    } catch (error) {
      link.destroy();
      if (error instanceof KafkaFailure) throw new KafkaFailure("unreachable", "", error.message);
      throw failureOfConnection(error);
    }
  }

  get isOpen(): boolean {
    // The connection learns of its end a moment later: what is sent on it by then gets no answer.
    return !this.#isDestroyed && this.#connection.isConnected();
  }

  /** @throws KafkaFailure "refused", "unanswered" */
  async ask<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#withinLimit(request(this.#connection));
    } catch (error) {
      const failure = failureOfRequest(error);
      if (failure.kind !== "refused") this.destroy();
      throw failure;
    }
  }

  destroy(): void {
    this.#isDestroyed = true;
    // Not `close`, which would send what waits before it ends.
    const socket: Connection["socket"] | undefined = this.#connection.socket;
    socket?.destroy();
  }

  #withinLimit<Result>(work: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      const said = `no answer came within ${this.#timeoutMs} ms`;
      timer = setTimeout(() => reject(new KafkaFailure("unanswered", "", said)), this.#timeoutMs);
    });
    return Promise.race([work, limit]).finally(() => clearTimeout(timer));
  }
}
