/**
 * Folders of this machine as inputs and outputs of jobs.
 *
 *     FOLDER/runs/RUN/        what a run writes
 *     FOLDER/runs/RUN.json    which files that are, once it is committed
 *     FOLDER/current          a symbolic link to the run whose output counts
 *     FOLDER/current.lock     who writes now
 *
 * A commit is the rename of a new link over `current`: who opens `current/…` has all of one run or all of another.
 * A reader that has opened the one before goes on with it, since some of them are kept. The input of a job may be
 * such a folder, too: then it is what `current` leads to when the run begins.
 */
import { randomUUID } from "node:crypto";
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { messageOf } from "../../core/session/session-error.ts";
import { BackendError } from "../backends/backend-error.ts";
import { writeInputManifest } from "./input-manifest.ts";
import type {
  CommittedOutput,
  JobStorage,
  OutputClaim,
  OutputRules,
  PreparedInput,
  StoredRun,
} from "./job-storage.ts";
import { lockOutput, unlockRun } from "./output-lock.ts";
import { checkedFiles, type FoundFile, isData, summaryOf, type WrittenOutput } from "./output-rules.ts";

export interface InputFolder {
  readonly folder: string;
}

export interface OutputFolder extends InputFolder {
  readonly keep: number;
}

const CURRENT = "current";

const ManifestSchema = v.object({
  files: v.array(v.object({ name: v.string(), bytes: v.number() })),
});

export class FolderStorage implements JobStorage<InputFolder, OutputFolder> {
  readonly #base: string;

  /** @param base Paths of the config file are relative to it. */
  constructor(base: string) {
    this.#base = base;
  }

  async claim(run: StoredRun, output: OutputFolder): Promise<OutputClaim> {
    const folder = this.describe(output);
    await this.#attempt("The output", folder, () => mkdir(join(folder, "runs"), { recursive: true }));
    return lockOutput(lockOf(folder), run);
  }

  async prepareInput(run: StoredRun, input: InputFolder): Promise<PreparedInput> {
    const named = this.describe(input);
    const current = join(named, CURRENT);
    const isOutput = (await lstat(current).catch(() => undefined))?.isSymbolicLink() ?? false;
    const folder = await this.#attempt("The input", named, () => realpath(isOutput ? current : named));
    const files = await this.#attempt("The input", folder, () => filesIn(folder));
    if (!files.some(({ bytes }) => bytes > 0)) {
      throw new BackendError(
        "job-failed",
        `The input ${folder} has no file with anything in it: nothing was run. Put the data there, or run the job that makes it.`,
      );
    }
    const uri = pathToFileURL(folder).href;
    return { inputUri: uri, manifestUri: await writeInputManifest(run, uri, files) };
  }

  async freshOutput(
    run: StoredRun,
    output: OutputFolder,
    { make }: { readonly make: boolean },
  ): Promise<{ readonly outputUri: string }> {
    const place = this.#placeOf(run, output);
    if (make) await this.#attempt("The output", place, () => mkdir(place));
    return { outputUri: pathToFileURL(place).href };
  }

  async commit(run: StoredRun, output: OutputFolder, rules: OutputRules): Promise<CommittedOutput> {
    const folder = this.describe(output);
    const place = this.#placeOf(run, output);
    return this.#attempt("The output", place, async () => {
      const files = await checkedFiles(await writtenTo(place), rules);
      await syncAll(place, files);
      await writeDurably(`${place}.json`, `${JSON.stringify({ job: run.job, files }, null, 2)}\n`);
      await syncFolder(join(folder, "runs"));
      const link = join(folder, `.${CURRENT}.${randomUUID()}`);
      await symlink(join("runs", run.runId), link);
      await rename(link, join(folder, CURRENT));
      await syncFolder(folder);
      // What is not deleted now is deleted by the next commit.
      await deleteOlder(folder, output.keep).catch(() => {});
      return summaryOf(files);
    });
  }

  async discard(run: StoredRun, output: OutputFolder): Promise<void> {
    if ((await committedRun(this.describe(output))) === run.runId) return;
    const place = this.#placeOf(run, output);
    await rm(`${place}.json`, { force: true });
    await rm(place, { recursive: true, force: true });
  }

  async recover(run: StoredRun, output: OutputFolder): Promise<CommittedOutput | undefined> {
    const folder = this.describe(output);
    const isCommitted = (await committedRun(folder)) === run.runId;
    if (!isCommitted) await this.discard(run, output);
    await unlockRun(lockOf(folder), run.runId);
    if (!isCommitted) return undefined;
    const text = await readFile(`${this.#placeOf(run, output)}.json`, "utf8");
    return summaryOf(v.parse(v.pipe(v.string(), v.parseJson(), ManifestSchema), text).files);
  }

  describe({ folder }: InputFolder): string {
    return resolve(this.#base, folder);
  }

  #placeOf({ runId }: StoredRun, output: OutputFolder): string {
    return join(this.describe(output), "runs", runId);
  }

  async #attempt<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BackendError) throw error;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT") {
        throw new BackendError(
          "job-failed",
          `${what} ${path} is not there: check the path in the config file.`,
          {
            cause: error,
          },
        );
      }
      throw new BackendError(
        code === "ENOSPC" ? "disk-full" : "job-failed",
        `${what} ${path} cannot be used (${messageOf(error)}): check the disk and the folder's permissions.`,
        { cause: error },
      );
    }
  }
}

const lockOf = (folder: string): string => join(folder, `${CURRENT}.lock`);

/** The run that `current` leads to. */
async function committedRun(folder: string): Promise<string | undefined> {
  const target = await readlink(join(folder, CURRENT)).catch(() => undefined);
  return target === undefined ? undefined : basename(target);
}

/** Data files, in the order of their names. */
async function filesIn(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name.split("/").every(isData))
    .sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })));
}

async function writtenTo(place: string): Promise<WrittenOutput> {
  const found = await stat(place).catch(() => undefined);
  return {
    is: found === undefined ? "nothing" : found.isDirectory() ? "folder" : "file",
    hasFile: async (name) => (await stat(join(place, name)).catch(() => undefined)) !== undefined,
    files: () => filesIn(place),
  };
}

async function syncAll(place: string, files: readonly FoundFile[]): Promise<void> {
  // A run that may be empty may have made nothing at all.
  await mkdir(place, { recursive: true });
  const folders = new Set([place]);
  for (const { name } of files) {
    await sync(join(place, name));
    folders.add(join(place, name, ".."));
  }
  for (const folder of folders) await syncFolder(folder);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Names are durable only with their folder, which Windows does not open. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== "win32") await sync(folder);
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only what was committed: another run's place is that run's own. */
async function deleteOlder(folder: string, keep: number): Promise<void> {
  const runs = join(folder, "runs");
  const current = await committedRun(folder);
  const manifests = (await readdir(runs)).filter((name) => name.endsWith(".json"));
  const committed = await Promise.all(
    manifests.map(async (name) => ({
      run: name.slice(0, -".json".length),
      at: (await stat(join(runs, name))).mtimeMs,
    })),
  );
  const old = committed
    .filter(({ run }) => run !== current)
    .sort((a, b) => b.at - a.at)
    .slice(keep - 1);
  for (const { run } of old) {
    await rm(join(runs, run), { recursive: true, force: true });
    await rm(join(runs, `${run}.json`), { force: true });
  }
}
