/** Reports of schedules that lie in the data folder, where the config file names no other place for them. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";

const SUFFIX = ".reports";

export interface KeptReport {
  readonly path: string;
  /** The page's address; undefined where the file cannot be read as a report. */
  readonly page: string | undefined;
}

/** @param folder Of schedules. */
export const reportsOf = (folder: string, schedule: string): string => join(folder, schedule + SUFFIX);

/** @param time Milliseconds since 1970. */
export const reportFile = (task: string, time: number): string =>
  `${task}-${new Date(time).toISOString().replaceAll(":", "-")}.json`;

/** Of all schedules, also of those that the config file does not name any more. */
export async function keptReports(folder: string): Promise<KeptReport[]> {
  const schedules = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(SUFFIX));
  const paths = await Promise.all(
    schedules.map(async (name) =>
      (await readdir(join(folder, name))).map((file) => join(folder, name, file)),
    ),
  );
  return Promise.all(paths.flat().map(async (path) => ({ path, page: await pageOf(path) })));
}

const PageSchema = v.pipe(v.string(), v.parseJson(), v.object({ page: v.string() }));

async function pageOf(path: string): Promise<string | undefined> {
  const report = v.safeParse(PageSchema, await readFile(path, "utf8").catch(() => ""));
  return report.success ? report.output.page : undefined;
}

export const deleteReport = ({ path }: KeptReport): Promise<void> => rm(path, { force: true });
