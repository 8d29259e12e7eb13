/** One bridge's changes of a folder: those that wait while a commit is under way go into the next one together. */
import { setTimeout as wait } from "node:timers/promises";
import { ProtocolError } from "../../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../../backend-error.ts";
import type { ServerPlan } from "../../../shared/tables/server-plan.ts";
import type { ChangeResult, RowChange } from "../../../shared/tables/table-server.ts";
import { removeQuietly } from "../../dataset/upload.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import { type FolderState, requireUnchanged } from "../data-files.ts";
import type { FolderFacts } from "../folder-facts.ts";
import type { DataFile } from "../plain-files.ts";
import { editedContent, type FileEdit } from "./file-edit.ts";
import { judgeChanges, keyOf } from "./judge-changes.ts";
import { makeCommit, type NewFile, type StagedCommit, stageCommit } from "./make-commit.ts";
import { tidyCommits } from "./tidy-commits.ts";
import { verifyEdit } from "./verify-edit.ts";

/** Others commit all the time: each time at least one of all writers gets on. */
const MAX_TRIES = 200;
const MAX_PAUSE_MS = 40;

/** Commits and what is staged are kept for a day at least: one that took longer, as on a machine that slept, must not happen. */
const MAX_COMMIT_MS = 60 * 60 * 1000;

const MAX_CHANGES = 10_000;

/** A folder that is never the same for as long as it is read. */
const MAX_CHANGED_READS = 50;

const TIDY_EVERY_MS = 60 * 60 * 1000;

export interface WritableFolder {
  readonly state: FolderState;
  readonly facts: FolderFacts;
  /** Undefined where it can be written. */
  readOnlyReason(plan: ServerPlan): string | undefined;
  /** That are read for the plan. */
  files(plan: ServerPlan): readonly DataFile[];
}

interface Waiting {
  readonly plan: ServerPlan;
  readonly change: RowChange;
  readonly resolve: (result: ChangeResult) => void;
  readonly reject: (error: unknown) => void;
}

export class FolderWriter {
  readonly #fs: WebHdfs;
  readonly #open: () => Promise<WritableFolder>;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #tidiedAt: number | undefined;

  /** @param open The folder as it is now. */
  constructor(fs: WebHdfs, open: () => Promise<WritableFolder>) {
    this.#fs = fs;
    this.#open = open;
  }

  /** As TableServer.change. */
  change(plan: ServerPlan, change: RowChange): Promise<ChangeResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ plan, change, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    // What is asked for in the same moment goes together.
    await Promise.resolve();
    for (let some = this.#take(); some.length > 0; some = this.#take()) {
      try {
        const results = await this.#write(some);
        for (const [i, { resolve }] of some.entries()) resolve(results[i] ?? { is: "missed" });
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Of one mapping, and one of each row. */
  #take(): Waiting[] {
    const mapping = JSON.stringify(this.#waiting[0]?.plan.mapping);
    const keys = new Set<string | undefined>();
    const [taken, left]: [Waiting[], Waiting[]] = [[], []];
    for (const waiting of this.#waiting) {
      const { plan, change } = waiting;
      const key = keyOf(plan, change);
      const fits = taken.length < MAX_CHANGES && !keys.has(key) && JSON.stringify(plan.mapping) === mapping;
      if (fits) keys.add(key);
      (fits ? taken : left).push(waiting);
    }
    this.#waiting = left;
    return taken;
  }

  /** @throws BackendError; it says whether nothing was written for certain */
  async #write(some: readonly Waiting[]): Promise<readonly ChangeResult[]> {
    const [first] = some;
    if (first === undefined) return [];
    const { plan } = first;
    const changes = some.map(({ change }) => change);
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const begunAt = Date.now();
      const results = await this.#tryOnce(plan, changes, begunAt).catch((error: unknown) => {
        // Others of us change the folder while it is read.
        if (!isChanging(error) || attempt > MAX_CHANGED_READS) throw named(error);
        return undefined;
      });
      if (results !== undefined) return results;
      await wait(Math.random() * Math.min(MAX_PAUSE_MS, 4 * attempt));
    }
    throw new BackendError(
      "backend-unavailable",
      `${this.#fs.where}: others write to ${plan.table.name} all the time. Try again.`,
    );
  }

  /** Undefined where somebody else was first. */
  async #tryOnce(
    plan: ServerPlan,
    changes: readonly RowChange[],
    begunAt: number,
  ): Promise<readonly ChangeResult[] | undefined> {
    const folder = await this.#open();
    const { state, facts } = folder;
    const reason = folder.readOnlyReason(plan);
    if (reason !== undefined) return changes.map(() => ({ is: "rejected", code: "read-only", reason }));
    const { results, edits } = await judgeChanges(this.#fs, plan, facts, folder.files(plan), changes);
    if (edits.length === 0) {
      await requireUnchanged(this.#fs, state, true);
      return results;
    }
    const staged = await this.#stage(state, edits);
    if (Date.now() - begunAt > MAX_COMMIT_MS) {
      throw new BackendError("backend-failed", `${this.#fs.where}: this took more than an hour: begin anew.`);
    }
    if ((await makeCommit(this.#fs, state, staged)) === "overtaken") return undefined;
    await this.#tidy(state);
    return results;
  }

  async #stage(state: FolderState, edits: readonly FileEdit[]): Promise<StagedCommit> {
    const files: NewFile[] = [];
    for (const edit of edits) {
      files.push({ of: edit.file, replaces: edit.replaces, content: await editedContent(this.#fs, edit) });
    }
    const staged = await stageCommit(this.#fs, state, files);
    try {
      const verified = this.#verify(staged, edits);
      await verified.catch(() => {});
      // What somebody has replaced meanwhile is not what was written anew.
      await requireUnchanged(this.#fs, state, true);
      await verified;
    } catch (error) {
      await removeQuietly(this.#fs, [staged.place]);
      throw error;
    }
    return staged;
  }

  async #verify({ files }: StagedCommit, edits: readonly FileEdit[]): Promise<void> {
    for (const [i, edit] of edits.entries()) {
      const file = files[i];
      if (file !== undefined) await verifyEdit(this.#fs, edit, file);
    }
  }

  async #tidy({ folder }: FolderState): Promise<void> {
    const now = performance.now();
    if (this.#tidiedAt !== undefined && now - this.#tidiedAt < TIDY_EVERY_MS) return;
    this.#tidiedAt = now;
    // What is not deleted now is deleted in an hour.
    await tidyCommits(this.#fs, folder).catch(() => {});
  }
}

/** As what is read while others of us write. */
export const isChanging = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code === "incomplete";

/** Of what is said before a commit, nothing was written. */
function named(error: unknown): unknown {
  if (error instanceof BackendError || !(error instanceof ProtocolError)) return error;
  return new BackendError(error.code, error.message, { cause: error });
}
