/**
 * The bridge's queue: operations for backends that are away, and what came of them until a panel has it on record
 * (decision 37). A file for each apply, `<folder>/<applyId>.queue`, 0600 in a folder 0700.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { QueueAbout, QueuedApply, QueueState } from "../../core/protocol/queue-frames.ts";
import type { WriteColumns } from "../../core/protocol/write-columns.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { News } from "../news/news.ts";
import { NO_COUNTS, QueueDraft, QueueFile } from "./queue-file.ts";

const SUFFIX = ".queue";

/** How often those who wait for a change are told of one, at most, in milliseconds. */
const NEWS_INTERVAL_MS = 100;

/** Why an apply could not be sent, and when it is tried again. */
export interface Delay {
  readonly problem: { readonly code: string; readonly message: string };
  readonly retryAt: number;
}

export interface QueuePart {
  readonly about: QueueAbout;
  readonly part: number;
  readonly last: boolean;
  readonly writes: WriteColumns;
  readonly writer: string;
}

/** A file that cannot be read. */
interface Damaged {
  readonly path: string;
  readonly applyId: string;
  readonly message: string;
  readonly changedAt: number;
}

export class Queue {
  readonly #folder: string;
  readonly #files = new Map<string, QueueFile>();
  readonly #damaged = new Map<string, Damaged>();
  readonly #drafts = new Map<string, QueueDraft>();
  readonly #delays = new Map<string, Delay>();
  /** Applies that are being sent now. */
  readonly #sending = new Set<string>();
  readonly #news = new News(NEWS_INTERVAL_MS);

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Drops what was never sealed: nobody was told that it is queued. */
  static async open(folder: string): Promise<Queue> {
    const queue = new Queue(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await queue.#load(true);
    return queue;
  }

  /** What another process holds, without touching it. */
  static async look(folder: string): Promise<Queue> {
    const queue = new Queue(folder);
    await queue.#load(false);
    return queue;
  }

  async #load(owns: boolean): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(SUFFIX))) {
      const applyId = name.slice(0, -SUFFIX.length);
      const path = join(this.#folder, name);
      try {
        const file = await QueueFile.open(path);
        if (file === undefined) {
          if (owns) await rm(path, { force: true });
        } else if (file.about.applyId === applyId) this.#files.set(applyId, file);
        else this.#noteDamage(path, applyId, `The file ${path} is of another apply: move it away.`, 0);
      } catch (error) {
        const changedAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
        this.#noteDamage(path, applyId, messageOf(error), changedAt);
      }
    }
  }

  #noteDamage(path: string, applyId: string, message: string, changedAt: number): void {
    this.#damaged.set(applyId, { path, applyId, message, changedAt });
  }

  /** Those that cannot be read, in words. */
  get problems(): readonly string[] {
    return Array.from(this.#damaged.values(), ({ message }) => message);
  }

  async size(): Promise<{ applies: number; bytes: number }> {
    const { applies } = await this.state();
    return { applies: applies.length, bytes: applies.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async state(): Promise<QueueState> {
    const { revision } = this.#news;
    const applies = await Promise.all(this.#inOrder().map((file) => this.#describe(file)));
    for (const damaged of this.#damaged.values()) applies.push(await describeDamaged(damaged));
    return { revision, applies };
  }

  /** The state, once it is another one than that of this revision. Rejects with the signal's reason. */
  async changed(known: number, signal: AbortSignal): Promise<QueueState> {
    await this.#news.after(known, signal);
    return this.state();
  }

  /**
   * Keeps one part of an apply; with the last one all are durable. Answers how many operations are queued so far.
   * @throws ProtocolError "unexpected-frame" where the apply is queued already, or a part is missing;
   *   "journal-failed".
   */
  async add({ about, part, last, writes, writer }: QueuePart): Promise<number> {
    const { applyId } = about;
    if (this.#files.has(applyId) || this.#damaged.has(applyId)) {
      const message = `Apply ${applyId} is in the queue already: remove it there before it is queued again.`;
      throw new ProtocolError("unexpected-frame", message);
    }
    const path = this.#pathOf(applyId);
    if (part === 0) {
      // Of a panel that was interrupted: it begins anew.
      await this.#drafts.get(applyId)?.discard();
      this.#drafts.set(applyId, await QueueDraft.begin(path, about, writer, Date.now()));
    }
    const draft = this.#drafts.get(applyId);
    if (draft === undefined || draft.parts !== part) {
      const message = `Part ${part} of apply ${applyId} does not follow what is here: queue it from its beginning.`;
      throw new ProtocolError("unexpected-frame", message);
    }
    try {
      await draft.add(writes);
      if (!last) return draft.parts;
      const operations = await draft.seal();
      const file = await QueueFile.open(path);
      if (file !== undefined) this.#files.set(applyId, file);
      this.#drafts.delete(applyId);
      this.tell();
      return operations;
    } catch (error) {
      this.#drafts.delete(applyId);
      await draft.discard();
      throw error;
    }
  }

  find(applyId: string): QueueFile | undefined {
    return this.#files.get(applyId);
  }

  /** The first apply of a connection that is not done. */
  next(connection: string): QueueFile | undefined {
    return this.#inOrder().find(({ about, hasEnded }) => about.connection === connection && !hasEnded);
  }

  /** Connections with something to be sent. */
  get connections(): ReadonlySet<string> {
    const open = this.#inOrder().filter(({ hasEnded }) => !hasEnded);
    return new Set(open.map(({ about }) => about.connection));
  }

  /** Takes the apply back, as far as it was not sent. @throws ProtocolError "journal-failed" */
  async remove(applyId: string): Promise<void> {
    const damaged = this.#damaged.get(applyId);
    if (damaged !== undefined) {
      await rm(damaged.path, { force: true });
      this.#damaged.delete(applyId);
    }
    await this.#files.get(applyId)?.remove();
    this.tell();
  }

  /** Forgets an apply that has ended; answers whether it had. One that is not here is forgotten already. */
  async acknowledge(applyId: string): Promise<boolean> {
    const file = this.#files.get(applyId);
    if (file === undefined) return true;
    if (!file.hasEnded || this.#sending.has(applyId)) return false;
    await this.forget(applyId);
    return true;
  }

  /** Deletes what is held about an apply, whatever it came to. */
  async forget(applyId: string): Promise<void> {
    const file = this.#files.get(applyId);
    this.#files.delete(applyId);
    this.#delays.delete(applyId);
    await file?.delete();
    if (this.#damaged.delete(applyId)) await rm(this.#pathOf(applyId), { force: true });
    this.tell();
  }

  noteSending(applyId: string, isSending: boolean): void {
    if (isSending) this.#sending.add(applyId);
    else this.#sending.delete(applyId);
    this.tell();
  }

  noteDelay(applyId: string, delay: Delay | undefined): void {
    if (delay === undefined) this.#delays.delete(applyId);
    else this.#delays.set(applyId, delay);
    this.tell();
  }

  /** Something changed. */
  tell(): void {
    this.#news.tell();
  }

  async close(): Promise<void> {
    this.#news.close();
    await Promise.allSettled(Array.from(this.#drafts.values(), (draft) => draft.discard()));
    await Promise.allSettled(Array.from(this.#files.values(), (file) => file.close()));
  }

  #inOrder(): QueueFile[] {
    return [...this.#files.values()].sort((a, b) => a.queuedAt - b.queuedAt);
  }

  async #describe(file: QueueFile): Promise<QueuedApply> {
    const { applyId, connection, collection, origin, store } = file.about;
    const delay = this.#delays.get(applyId);
    const isSending = this.#sending.has(applyId);
    return {
      applyId,
      connection,
      collection,
      origin,
      store,
      queuedAt: file.queuedAt,
      is: isSending ? "sending" : file.hasEnded ? "ended" : "waiting",
      counts: file.counts,
      bytes: await file.bytes(),
      ...(delay === undefined ? {} : delay),
    };
  }

  #pathOf(applyId: string): string {
    return join(this.#folder, applyId + SUFFIX);
  }
}

/** What it is of cannot be known for certain any more. */
async function describeDamaged({ path, applyId, message, changedAt }: Damaged): Promise<QueuedApply> {
  return {
    applyId,
    connection: "unknown",
    collection: "unknown",
    origin: "",
    store: "",
    queuedAt: changedAt,
    is: "damaged",
    counts: NO_COUNTS,
    bytes: (await stat(path).catch(() => undefined))?.size ?? 0,
    problem: { code: "journal-failed", message },
  };
}
