/** Bundles that schedules made, in the data folder or a folder that the config file names. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../core/session/session-error.ts";
import type { BundleHead } from "./bundle-file.ts";
import { readBundleHead } from "./read-bundle.ts";

const FOLDER_SUFFIX = ".bundles";
const SUFFIX = ".bundle";
/** As `bundleFile` writes it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

export interface KeptBundle {
  readonly path: string;
  readonly bytes: number;
  /** Undefined where the first line cannot be read: `problem` says why. Nothing else was looked at. */
  readonly head: BundleHead | undefined;
  readonly problem?: string;
}

/** Where a schedule's bundles lie, where the config file names no other place. @param folder Of schedules. */
export const bundlesOf = (folder: string, schedule: string): string => join(folder, schedule + FOLDER_SUFFIX);

/** @param time Milliseconds since 1970. */
export function bundleFile(folder: string, schedule: string, time: number): string {
  return join(folder, `${schedule}-${new Date(time).toISOString().replaceAll(":", "-")}${SUFFIX}`);
}

/**
 * The newest of a schedule's bundles stay; others of the folder are not touched.
 *
 * @returns The paths that are gone.
 */
export async function deleteOlderBundles(folder: string, schedule: string, keep: number): Promise<string[]> {
  const names = (await namesIn(folder)).filter((name) => isOf(name, schedule)).sort();
  const old = names.slice(0, Math.max(0, names.length - keep)).map((name) => join(folder, name));
  for (const path of old) await rm(path, { force: true });
  return old;
}

/** What a process that was killed left behind. Not while one of this schedule is being made. */
export async function deleteParts(folder: string, schedule: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const [, whole = ""] = /^\.(.+)\.\d+\.part$/.exec(name) ?? [];
    if (isOf(whole, schedule)) await rm(join(folder, name), { force: true });
  }
}

/** Of all schedules, also of those that the config file does not name any more. @param folder Of schedules. */
export async function keptBundles(folder: string): Promise<KeptBundle[]> {
  const folders = (await namesIn(folder)).filter((name) => name.endsWith(FOLDER_SUFFIX));
  const kept: KeptBundle[] = [];
  for (const name of folders.sort()) {
    const files = (await namesIn(join(folder, name))).filter((file) => file.endsWith(SUFFIX)).sort();
    for (const file of files) kept.push(await look(join(folder, name, file)));
  }
  return kept;
}

export const deleteBundle = ({ path }: KeptBundle): Promise<void> => rm(path, { force: true });

async function look(path: string): Promise<KeptBundle> {
  const { size: bytes } = await stat(path);
  try {
    return { path, bytes, head: await readBundleHead(path) };
  } catch (error) {
    return { path, bytes, head: undefined, problem: messageOf(error) };
  }
}

const isOf = (name: string, schedule: string): boolean =>
  name.startsWith(`${schedule}-`) &&
  name.endsWith(SUFFIX) &&
  TIME.test(name.slice(schedule.length + 1, -SUFFIX.length));

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
