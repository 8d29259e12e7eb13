/** Every kind of backend, by the name that the config file uses: one line each. */
import type * as v from "valibot";
import type { RemoteBackend } from "./backend.ts";
import { cassandra } from "./cassandra/cassandra.ts";
import { hbase } from "./hbase/hbase.ts";
import { ignite } from "./ignite/ignite.ts";
import { sqlite } from "./sqlite/sqlite.ts";
import { sqoop } from "./sqoop/sqoop.ts";

type SettingsOf<Entries extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Entries, undefined>>;

export interface BackendKind<Settings extends v.ObjectEntries> {
  /** What the config file says about a connection of this kind, beside what all have. */
  readonly settings: Settings;
  /** Opens nothing yet: a missing file or server shows with the first request. */
  open(settings: SettingsOf<Settings>, configFolder: string): RemoteBackend;
  /** For people: where it is, without secrets. */
  describe(settings: SettingsOf<Settings>, configFolder: string): string;
}

/** The first one is the default. */
export const backendKinds = { sqlite, cassandra, hbase, ignite, sqoop };

export type BackendName = keyof typeof backendKinds;

/** What the config file says of a connection: its kind, and settings that the schema of this kind has checked. */
export interface BackendConfig {
  readonly backend: BackendName;
}

export const openBackend = (config: BackendConfig, configFolder: string): RemoteBackend =>
  kindOf(config).open(config, configFolder);

/** For people: where it is, without secrets. */
export const describeBackend = (config: BackendConfig, configFolder: string): string =>
  kindOf(config).describe(config, configFolder);

interface CheckedKind {
  open(settings: BackendConfig, configFolder: string): RemoteBackend;
  describe(settings: BackendConfig, configFolder: string): string;
}

/** That kind and settings belong together is the config schema's word: the compiler cannot see it of a union. */
const kindOf = ({ backend }: BackendConfig): CheckedKind => backendKinds[backend] as unknown as CheckedKind;
