import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import type { JobOutputConfig } from "../config/jobs-schema.ts";

/** The mapping by which what a job makes is compared and pulled; undefined where the config file names none. */
export function resultSettings(output: JobOutputConfig): MappingSettings | undefined {
  if (!("mapping" in output)) return undefined;
  return { columns: { table: output.collection, ...output.mapping } };
}
