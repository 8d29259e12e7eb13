/**
 * One run at a time writes an output: a file beside it, made by whoever writes, with its process and when that was
 * started. A process that is gone holds nothing, so that a crash leaves no lock behind.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as v from "valibot";
import { BackendError } from "../backends/backend-error.ts";
import type { OutputClaim } from "./job-storage.ts";
import { isSameProcess, ProcessIdentitySchema, processIdentity } from "./process-identity.ts";

const LockSchema = v.object({ by: ProcessIdentitySchema, run: v.string(), job: v.string() });

/** @throws BackendError "output-busy" naming the process and what it runs */
export async function lockOutput(
  file: string,
  run: { readonly runId: string; readonly job: string },
): Promise<OutputClaim> {
  const mine = JSON.stringify({ by: await processIdentity(process.pid), run: run.runId, job: run.job });
  const aside = `${file}.${run.runId}`;
  // Whole before it has its name: nobody ever reads a lock that is half written.
  await writeFile(aside, mine, { flag: "wx", mode: 0o600 });
  try {
    for (;;) {
      if (await tryLink(aside, file)) return { release: () => unlock(file, mine) };
      const found = await readFile(file, "utf8").catch(() => undefined);
      // Released in this moment.
      if (found === undefined) continue;
      const holder = v.safeParse(v.pipe(v.string(), v.parseJson(), LockSchema), found);
      if (holder.success && (await isSameProcess(holder.output.by))) {
        const { by, job, run: id } = holder.output;
        throw new BackendError(
          "output-busy",
          `Process ${by.pid} writes this output now, with run ${id} of the job "${job}" (${file}): wait for its end, or cancel it there.`,
        );
      }
      await takeAway(file, found);
    }
  } finally {
    await rm(aside, { force: true });
  }
}

/** Lets go of the lock of a run whose process is gone. */
export async function unlockRun(file: string, runId: string): Promise<void> {
  const found = await readFile(file, "utf8").catch(() => undefined);
  const holder = v.safeParse(v.pipe(v.string(), v.parseJson(), LockSchema), found);
  if (holder.success && holder.output.run === runId) await unlock(file, found ?? "");
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Two may find the same stale lock: who moves one that is not the one it read puts it back. */
async function takeAway(file: string, stale: string): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch {
    return;
  }
  if ((await readFile(moved, "utf8")) !== stale) await tryLink(moved, file);
  await rm(moved, { force: true });
}

async function unlock(file: string, mine: string): Promise<void> {
  if ((await readFile(file, "utf8").catch(() => undefined)) === mine) await rm(file, { force: true });
}
