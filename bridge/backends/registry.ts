/** Every kind of backend, by the name that the config file uses: one line each. */
import type * as v from "valibot";
import type { RemoteBackend } from "./backend.ts";
import { sqlite } from "./sqlite/sqlite.ts";

type SettingsOf<Entries extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Entries, undefined>>;

export interface BackendKind<Settings extends v.ObjectEntries> {
  /** What the config file says about a connection of this kind, beside what all have. */
  readonly settings: Settings;
  /** Opens nothing yet: a missing file or server shows with the first request. */
  open(settings: SettingsOf<Settings>, configFolder: string): RemoteBackend;
  /** For people: where it is, without secrets. */
  describe(settings: SettingsOf<Settings>, configFolder: string): string;
}

export const backendKinds = { sqlite };
