/** The page with the agent in it, and where its storage is. */
import type { Page } from "playwright";
import { AgentClient } from "../../agent/client/agent-client.ts";
import type { BucketDescription, DatabaseDescription } from "../../agent/wire/page-description.ts";
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import type { DatabaseSchema, LocalStore } from "../../core/session/ports.ts";
import { readAgentSource } from "./browser/agent-source.ts";
import { evaluatorFor } from "./browser/frame-evaluator.ts";
import { HeadlessError } from "./headless-error.ts";

/** An application makes its database after it was loaded: how long it gets, in milliseconds. */
const DATABASE_TIMEOUT_MS = 5_000;
const LOOK_AGAIN_MS = 50;

export class PageSession {
  readonly #client: AgentClient;
  readonly #bucket: string;

  private constructor(client: AgentClient, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** @throws HeadlessError, AgentError */
  static async open(page: Page, frame: string | undefined, bucket: string): Promise<PageSession> {
    const evaluate = await evaluatorFor(page, frame);
    const client = await AgentClient.connect(evaluate, { source: readAgentSource() });
    return new PageSession(client, bucket);
  }

  /** Undefined when the page has no such database, now. @throws AgentError, HeadlessError "usage" */
  async findDatabase(name: string): Promise<DatabaseDescription | undefined> {
    return (await this.#describeBucket()).databases.find((database) => database.name === name);
  }

  /** Waits a while for the application to make it, with these stores. */
  async waitForDatabase(
    name: string,
    stores: readonly string[],
    signal: AbortSignal,
  ): Promise<DatabaseDescription | undefined> {
    const until = Date.now() + DATABASE_TIMEOUT_MS;
    for (;;) {
      signal.throwIfAborted();
      const found = await this.findDatabase(name);
      const names = found?.stores.map((store) => store.name) ?? [];
      const isReady = names.length > 0 && stores.every((store) => names.includes(store));
      if (isReady || Date.now() >= until) return found;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  store(database: string, store: string, { ignore }: MappingSettings): LocalStore {
    return this.#client.store(
      { bucket: this.#bucket, database, store },
      ignore === undefined ? {} : { ignore },
    );
  }

  /** @throws AgentError "database-exists" */
  createDatabase(name: string, schema: DatabaseSchema, signal: AbortSignal): Promise<void> {
    return this.#client.createDatabase({ bucket: this.#bucket, database: name }, schema, signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #describeBucket(): Promise<BucketDescription> {
    const [frame] = (await this.#client.describePage()).frames;
    if (frame === undefined || frame.unreachable !== undefined) {
      throw new HeadlessError(
        "page-failed",
        `The page cannot be read: ${frame?.unreachable ?? "it is empty"}.`,
      );
    }
    const bucket = frame.buckets.find(({ name }) => name === this.#bucket);
    if (bucket !== undefined) return bucket;
    const names = frame.buckets.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new HeadlessError("usage", `The page has no storage bucket "${this.#bucket}": it has ${names}.`);
  }
}
