/** Every kind of backend, by the name that the config file uses: one line each. */
import type * as v from "valibot";
import type { DatasetOutputConfig, TransformConfig } from "../config/jobs-schema.ts";
import type { JobStorage } from "../jobs/job-storage.ts";
import type { RemoteBackend } from "./backend.ts";
import { cassandra } from "./cassandra/cassandra.ts";
import { hbase } from "./hbase/hbase.ts";
import { hdfs } from "./hdfs/hdfs.ts";
import { ignite } from "./ignite/ignite.ts";
import { kafka } from "./kafka/kafka.ts";
import { sqlite } from "./sqlite/sqlite.ts";
import { sqoop } from "./sqoop/sqoop.ts";

export type SettingsOf<Entries extends v.ObjectEntries> = v.InferOutput<
  v.StrictObjectSchema<Entries, undefined>
>;

export interface BackendKind<Settings extends v.ObjectEntries> {
  /** What the config file says about a connection of this kind, beside what all have. */
  readonly settings: Settings;
  /**
   * Opens nothing yet: a missing file or server shows with the first request.
   *
   * @param dataFolder The bridge's, in which a backend may keep files of its own, in a folder of its kind's name.
   */
  open(settings: SettingsOf<Settings>, configFolder: string, dataFolder: string): RemoteBackend;
  /** For people: where it is, without secrets. */
  describe(settings: SettingsOf<Settings>, configFolder: string): string;
  /** Where it holds datasets that jobs read and write. */
  jobStorage?(settings: SettingsOf<Settings>, configFolder: string): DatasetStorage;
}

/** A dataset of a connection, as a job's input or output names it. */
export interface DatasetPlace {
  readonly connection: string;
  readonly collection: string;
}
export interface DatasetInput extends DatasetPlace {
  readonly transform?: TransformConfig;
}
export type DatasetStorage = JobStorage<DatasetInput, DatasetOutputConfig>;

/** The first one is the default. */
export const backendKinds = { sqlite, cassandra, hbase, ignite, hdfs, kafka, sqoop };

export type BackendName = keyof typeof backendKinds;

/** What the config file says of a connection: its kind, and settings that the schema of this kind has checked. */
export interface BackendConfig {
  readonly backend: BackendName;
}

/** Where a configuration's paths begin, and where a bridge keeps what is its own. */
export interface BridgeFolders {
  readonly config: string;
  readonly data: string;
}

export const openBackend = (config: BackendConfig, folders: BridgeFolders): RemoteBackend =>
  kindOf(config).open(config, folders.config, folders.data);

/** For people: where it is, without secrets. */
export const describeBackend = (config: BackendConfig, configFolder: string): string =>
  kindOf(config).describe(config, configFolder);

/** Whether jobs can read and write what it holds. */
export const holdsDatasets = (config: BackendConfig): boolean => kindOf(config).jobStorage !== undefined;

/** Undefined where it holds no datasets. */
export const openDatasetStorage = (config: BackendConfig, configFolder: string): DatasetStorage | undefined =>
  kindOf(config).jobStorage?.(config, configFolder);

interface CheckedKind {
  open(settings: BackendConfig, configFolder: string, dataFolder: string): RemoteBackend;
  describe(settings: BackendConfig, configFolder: string): string;
  jobStorage?(settings: BackendConfig, configFolder: string): DatasetStorage;
}

/** That kind and settings belong together is the config schema's word: the compiler cannot see it of a union. */
const kindOf = ({ backend }: BackendConfig): CheckedKind => backendKinds[backend] as unknown as CheckedKind;
