import { mappingProblems } from "../../core/mapping/check-columns.ts";
import { resultSettings } from "../jobs/result-settings.ts";
import type { ConfigFile } from "./config-schema.ts";
import { jsonPath } from "./json-path.ts";

/** Why what a job makes could not be compared by the mapping of its output, with its place. */
export function outputMappingProblems({ jobs = {}, connections = {} }: ConfigFile): string[] {
  return Object.entries(jobs).flatMap(([name, { output }]) => {
    if (output === undefined || !("mapping" in output)) return [];
    const at = jsonPath(["jobs", name, "output", "mapping"]);
    const { connection, collection } = output;
    const { columns } = resultSettings(output) ?? {};
    const { tables = [] } = connections[connection] ?? {};
    const isServed = tables.includes("*") || tables.includes(collection);
    return [
      ...(columns === undefined ? [] : mappingProblems(columns).map((problem) => `${at}: ${problem}`)),
      ...(isServed
        ? []
        : [`${at}: the connection "${connection}" serves no table "${collection}": add it to its "tables".`]),
    ];
  });
}
