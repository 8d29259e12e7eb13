import { encodeValue } from "../../core/codec/encode-value.ts";
import { Digester } from "../../core/digest/digester.ts";
import { fromHex, toHex } from "../../core/key/hex.ts";
import type { DatabaseSchema, LocalStore } from "../../core/session/ports.ts";
import { AgentError } from "../wire/agent-error.ts";
import { LEASE_MS } from "../wire/limits.ts";
import { packText } from "../wire/packed-text.ts";
import type { FrameDescription, PageDescription, Realm } from "../wire/page-description.ts";
import { PartKind } from "../wire/part.ts";
import {
  type AgentRequest,
  PACKED,
  type Projection,
  type RecordPosition,
  type Target,
} from "../wire/requests.ts";
import type { StoreRef } from "../wire/store-ref.ts";
import { AgentLocalStore, type TaskSignals } from "./agent-local-store.ts";
import { CheckedJson } from "./checked-json.ts";
import { type Evaluate, HostCall, NOT_THERE } from "./host-call.ts";
import type { Part } from "./part-reader.ts";
import { readBucket } from "./read-description.ts";
import { runTask } from "./task.ts";
import { WriteWatch } from "./write-watch.ts";

export interface AgentOptions {
  /** The agent's script: the text of dist/agent/page.js. */
  readonly source: string;
  /** Tells panels of one page apart; random where it is absent. */
  readonly panelId?: string;
  readonly signal?: AbortSignal;
}

/** Where a page of records ends, and the next begins. */
export interface RecordCursor {
  readonly key: Uint8Array;
  /** Set when the page is by index. */
  readonly indexKey?: Uint8Array;
}

export interface RecordsQuery {
  /** Absent: by primary key. */
  readonly index?: string;
  readonly after?: RecordCursor;
  readonly limit: number;
  /** A longer value text (in UTF-16 units) is left out of its row; a page ends at four times as much. */
  readonly maxBytes: number;
  readonly direction?: "next" | "prev";
  readonly signal?: AbortSignal;
}

export interface RecordRow extends RecordCursor {
  readonly body?: string;
  /** Units of the value text, also where it was left out. */
  readonly size?: number;
  /** The value text was longer than was asked for. */
  readonly truncated?: boolean;
  /** Why the record cannot be read. */
  readonly reason?: string;
  /** Why it must not be overwritten. */
  readonly blocked?: string;
}

export interface RecordPage {
  readonly rows: readonly RecordRow[];
  /** Where to go on; absent after the last record. */
  readonly next?: RecordCursor;
}

/** A page's rows may hold so many times the text of the longest row. */
const ROWS_PER_PAGE_OF_LARGEST = 4;

/** A value that shows whether the page's built-ins still do what they should. */
const SAMPLE = {
  text: "ä\u0000😀",
  numbers: [-0, 0.1, Number.NaN, 1e21],
  date: new Date(86_400_000),
  nested: new Map([["a", new Set([1n])]]),
  bytes: new Uint8Array([0, 127, 255]),
};

/**
 * The agent in one inspected page, seen from the panel or the bridge. It is put into the page when it is first
 * needed, and again when the page was reloaded or the agent's lease ended; nothing polls while no task runs.
 */
export class AgentClient {
  readonly #host: HostCall;
  readonly #source: string;
  readonly #storageKeys = new Map<string, string>();
  #installing: Promise<void> | undefined;
  /** Another client with the same panel id, before or beside this one, must not meet our tasks. */
  readonly #taskPrefix = crypto.randomUUID();
  #tasksStarted = 0;
  #openTasks = 0;
  #leaseTimer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  private constructor(evaluate: Evaluate, options: AgentOptions) {
    this.#host = new HostCall(evaluate, `driftscope ${options.panelId ?? crypto.randomUUID()}`);
    this.#source = options.source;
  }

  /** @throws AgentError "cannot-inspect", "interferes", "paused", "malformed-answer" */
  static async connect(evaluate: Evaluate, options: AgentOptions): Promise<AgentClient> {
    const client = new AgentClient(evaluate, options);
    await client.#greet(options.signal);
    return client;
  }

  /** Frames that can be reached from here, with their buckets, databases and stores. @throws AgentError */
  async describePage(signal?: AbortSignal): Promise<PageDescription> {
    await this.#ensureInstalled();
    const lines = (await this.#host.call("F\n")).split("\n").filter((line) => line !== "");
    return { frames: await Promise.all(lines.map((line) => this.#describeFrame(line, signal))) };
  }

  /**
   * The store as a sync session wants it. Frames below the top one must have been described before, so that
   * their storage key is known.
   *
   * @param projection what of the records takes part; absent: all of it
   * @throws AgentError "frame-gone"
   */
  store(ref: StoreRef, projection: Partial<Projection> = {}): LocalStore {
    return new AgentLocalStore(
      (request, texts, signals) => this.#run(pathOf(ref), request, texts, signals),
      this.#targetOf(ref),
      { ignore: [], ...projection },
    );
  }

  /**
   * Makes a database as it is described, with the numbers of its key generators.
   *
   * @throws AgentError "database-exists" where there is one of that name, and nothing is changed
   */
  async createDatabase(
    ref: Omit<StoreRef, "store">,
    schema: DatabaseSchema,
    signal?: AbortSignal,
  ): Promise<void> {
    const target = this.#targetOf({ ...ref, store: "" });
    await this.#ask(pathOf(target), { op: "createDatabase", target, schema }, signal);
  }

  /** A page of records for a grid. @throws AgentError */
  async records(ref: StoreRef, query: RecordsQuery): Promise<RecordPage> {
    const page = await this.#ask(
      pathOf(ref),
      {
        op: "records",
        target: this.#targetOf(ref),
        ...(query.index === undefined ? {} : { index: query.index }),
        ...(query.after === undefined ? {} : { after: positionOf(query.after) }),
        direction: query.direction ?? "next",
        limit: query.limit,
        maxBodyUnits: query.maxBytes,
        maxBytes: query.maxBytes * ROWS_PER_PAGE_OF_LARGEST,
      },
      query.signal,
    );
    const next = page.at("next").optional(readCursor);
    return { rows: page.at("rows").list().map(readRow), ...(next === undefined ? {} : { next }) };
  }

  /** Keys in order, from after the one given. @throws AgentError */
  async keys(
    ref: StoreRef,
    query: { readonly after?: Uint8Array; readonly limit: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array[]> {
    const keys = await this.#ask(
      pathOf(ref),
      {
        op: "keys",
        target: this.#targetOf(ref),
        ...(query.after === undefined ? {} : { after: toHex(query.after) }),
        limit: query.limit,
      },
      query.signal,
    );
    return keys.list().map(readKey);
  }

  /** @throws AgentError */
  async count(ref: StoreRef, signal?: AbortSignal): Promise<number> {
    const count = await this.#ask(pathOf(ref), { op: "count", target: this.#targetOf(ref) }, signal);
    return count.count();
  }

  /**
   * Begins to record which keys the frame's page writes. One recording a frame: this ends the one before. It ends
   * with the page, with `close`, and with this client's process.
   *
   * @throws AgentError "frame-gone", or "interferes" where the page does not let its functions be watched
   */
  async watchWrites(frame: StoreRef["frame"] = []): Promise<WriteWatch> {
    const path = frame.join(".");
    await this.#ensureInstalled();
    const id = crypto.randomUUID();
    const answer = await this.#host.call(`W${path}\n${id}`);
    if (answer !== "+") throw notWatched(answer);
    // The agent leaves a page that nobody calls.
    this.#holdLease();
    return new WriteWatch({
      host: this.#host,
      path,
      id,
      ask: (request, name) =>
        this.#ask(path, { op: "recorded", target: this.#targetOf({ frame, ...name }), ...request }),
      onStop: () => this.#letLeaseGo(),
    });
  }

  /** Takes the agent out of the page; its tasks end with "navigated". */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#leaseTimer);
    // A page that is gone or closed has no agent any more.
    await this.#host.call("B\n").catch(() => undefined);
  }

  async #describeFrame(line: string, signal: AbortSignal | undefined): Promise<FrameDescription> {
    const space = line.indexOf(" ");
    const path = line.slice(0, space);
    const frame = { path: path === "" ? [] : path.split(".").map(Number), buckets: [] };
    if (!/^(\d+(\.\d+)*)?$/.test(path)) {
      throw new AgentError("malformed-answer", "The page's list of frames is none of the agent's.");
    }
    const unreachable = (url: string, why: string): FrameDescription => ({
      ...frame,
      url,
      origin: "",
      storageKey: "",
      unreachable: why,
    });
    if (line.charAt(space + 1) !== "+") {
      return unreachable("", "The frame has another origin, which cannot be reached from here.");
    }
    const url = line.slice(space + 2);
    try {
      const told = await this.#ask(path, { op: "describe" }, signal);
      const storageKey = told.at("storageKey").text();
      this.#storageKeys.set(path, storageKey);
      return {
        ...frame,
        url,
        origin: told.at("origin").text(),
        storageKey,
        buckets: told.at("buckets").list().map(readBucket),
        ...(await this.#realmOf(path)),
      };
    } catch (error) {
      if (!(error instanceof AgentError) || !UNREACHABLE.has(error.code)) throw error;
      return unreachable(url, error.message);
    }
  }

  async #realmOf(path: string): Promise<{ readonly realm?: Realm }> {
    const realm = await this.#host.call(`R${path}\n`);
    return realm === "worker" || realm === "frame" || realm === "page" ? { realm } : {};
  }

  /** Compares what the agent's built-ins make of a sample, and learns whose storage this is. */
  async #greet(signal: AbortSignal | undefined): Promise<void> {
    const hello = await this.#ask("", { op: "hello", sample: encodeValue(SAMPLE) }, signal);
    const isSound =
      hello.at("text").text() === encodeValue(SAMPLE) &&
      hello.at("digest").text() === toHex(new Digester().digest(SAMPLE));
    if (!isSound) {
      throw new AgentError(
        "interferes",
        "The page has changed what built-in functions do, and its security policy leaves the agent no others.",
      );
    }
    this.#storageKeys.set("", hello.at("storageKey").text());
  }

  #targetOf(ref: StoreRef): Target {
    const storageKey = this.#storageKeys.get(pathOf(ref));
    if (storageKey === undefined) {
      throw new AgentError("frame-gone", "This frame has not been described. Refresh the list of frames.");
    }
    return { storageKey, bucket: ref.bucket, database: ref.database, store: ref.store };
  }

  /** The single JSON part that a request is answered with. */
  async #ask(path: string, request: AgentRequest, signal?: AbortSignal): Promise<CheckedJson> {
    for await (const part of this.#run(path, request, "", { signal })) {
      if (part.kind === PartKind.json) return CheckedJson.parse(part.text);
    }
    throw new AgentError("malformed-answer", "The page's answer is empty. Reload the page and try again.");
  }

  async *#run(
    path: string,
    request: AgentRequest,
    texts: string,
    { signal, takeBack }: TaskSignals = {},
  ): AsyncGenerator<Part, void, void> {
    this.#requireOpen();
    this.#holdLease();
    try {
      const text = texts === "" ? JSON.stringify(request) : `${JSON.stringify(request)}\n${texts}`;
      const packed = packText(text);
      const task = `${this.#taskPrefix}-${++this.#tasksStarted}`;
      const install = (): Promise<void> => this.#ensureInstalled();
      const begin = { task, path, request: packed === undefined ? text : PACKED + packed, install, takeBack };
      yield* runTask(this.#host, begin, signal);
    } finally {
      this.#letLeaseGo();
    }
  }

  /** Installs the agent where it is not; calls at the same time share one installation. */
  async #ensureInstalled(): Promise<void> {
    this.#requireOpen();
    this.#installing ??= this.#install().finally(() => {
      this.#installing = undefined;
    });
    await this.#installing;
  }

  #requireOpen(): void {
    if (this.#closed) throw new AgentError("closed", "The connection to the page was closed.");
  }

  async #install(): Promise<void> {
    if ((await this.#host.call("K\n")) === NOT_THERE) await this.#host.install(this.#source);
  }

  /** A consumer may take longer over a part than the lease lasts. */
  #holdLease(): void {
    if (this.#openTasks++ > 0) return;
    this.#leaseTimer = setInterval(() => {
      this.#host.call("K\n").catch(() => undefined);
    }, LEASE_MS / 3);
  }

  #letLeaseGo(): void {
    if (--this.#openTasks === 0) clearInterval(this.#leaseTimer);
  }
}

function notWatched(answer: string): AgentError {
  return answer === "!frame-gone"
    ? new AgentError("frame-gone", "The frame is not in the page any more. Refresh the list of frames.")
    : new AgentError("interferes", "The page does not let its writes be watched: its functions are frozen.");
}

const UNREACHABLE: ReadonlySet<string> = new Set(["frame-gone", "cannot-inspect", "navigated"]);

function pathOf(ref: StoreRef): string {
  return (ref.frame ?? []).join(".");
}

function positionOf(cursor: RecordCursor): RecordPosition {
  return {
    key: toHex(cursor.key),
    ...(cursor.indexKey === undefined ? {} : { indexKey: toHex(cursor.indexKey) }),
  };
}

function readCursor(json: CheckedJson): RecordCursor {
  const indexKey = json.at("indexKey").optional(readKey);
  return { key: readKey(json.at("key")), ...(indexKey === undefined ? {} : { indexKey }) };
}

function readRow(json: CheckedJson): RecordRow {
  const body = json.at("body").optional((each) => each.body());
  const size = json.at("size").optional((each) => each.count());
  const reason = json.at("reason").optional((each) => each.text());
  const blocked = json.at("blocked").optional((each) => each.text());
  return {
    ...readCursor(json.at("position")),
    ...(body === undefined ? {} : { body }),
    ...(size === undefined ? {} : { size }),
    ...(size !== undefined && body === undefined ? { truncated: true } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(blocked === undefined ? {} : { blocked }),
  };
}

function readKey(json: CheckedJson): Uint8Array {
  try {
    return fromHex(json.text());
  } catch {
    throw new AgentError(
      "malformed-answer",
      "A key in the page's answer is no key. Reload the page and try again.",
    );
  }
}
