import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { HdfsBackend, type HdfsSettings } from "../../../bridge/backends/hdfs/hdfs-backend.ts";

/** A folder of a test's own. */
export const freshFolder = (): string => `/test/${randomBytes(6).toString("hex")}`;

/** @param changed Absent url = the NameNode of the project. */
export function hdfsSettings(changed: Partial<HdfsSettings> = {}): HdfsSettings {
  const { url = inject("hdfs") } = changed;
  return {
    where: `HDFS at ${url}`,
    url,
    folder: freshFolder(),
    requestTimeoutMs: 30_000,
    user: "root",
    ...changed,
  };
}

export const freshBackend = (changed: Partial<HdfsSettings> = {}): HdfsBackend =>
  new HdfsBackend(hdfsSettings(changed));

/** A connection in a config file, to somebody's folders beside the datasets. @param root A test's own folder. */
export const lakeIn = (root: string) =>
  ({
    backend: "hdfs",
    url: inject("hdfs"),
    folder: `${root}/own`,
    tablesFolder: `${root}/tables`,
    user: "root",
  }) as const;
