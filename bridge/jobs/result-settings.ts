import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import type { DatasetOutputConfig } from "../config/jobs-schema.ts";

/** The mapping by which what a job makes is compared and pulled; undefined where the config file names none. */
export function resultSettings(output: DatasetOutputConfig): MappingSettings | undefined {
  const { collection, mapping } = output;
  return mapping && { columns: { table: collection, ...mapping } };
}
