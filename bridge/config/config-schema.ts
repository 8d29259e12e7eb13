/** The shape of driftscope.config.json. */
import * as v from "valibot";
import { LEVELS } from "../../core/protocol/frames.ts";
import { CollectionNameSchema, ConnectionNameSchema } from "../../core/protocol/names.ts";
import { backendKinds } from "../backends/registry.ts";

export const DEFAULT_PORT = 7411;

/** What every connection has, whatever its backend. */
const common = {
  /**
   * read-only: nothing is ever written. confirm: a person confirms each apply. unattended: for test data.
   */
  level: v.optional(v.picklist(LEVELS), "confirm"),
  /** When given, no other collection of this connection is served. */
  collections: v.exactOptional(v.array(CollectionNameSchema)),
};

const ConnectionSchema = v.variant("backend", [
  v.strictObject({ backend: v.literal("sqlite"), ...backendKinds.sqlite.settings, ...common }),
]);
export type ConnectionConfig = v.InferOutput<typeof ConnectionSchema>;

export const ConfigSchema = v.strictObject({
  /** For editors. */
  $schema: v.exactOptional(v.string()),
  connections: v.exactOptional(v.record(ConnectionNameSchema, ConnectionSchema)),
  port: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  /** From the folder of the config file. */
  dataDir: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
});
export type ConfigFile = v.InferOutput<typeof ConfigSchema>;
