/** Names in the config file that stand for something elsewhere in it, and have to be there. */
import { holdsDatasets } from "../backends/registry.ts";
import type { ConfigFile } from "./config-schema.ts";
import { jsonPath } from "./json-path.ts";

/** What is wrong with each name, with its place. */
export const danglingNames = (config: ConfigFile): string[] => jobPlaces(config);

function jobPlaces({ jobs = {}, connections = {} }: ConfigFile): string[] {
  return Object.entries(jobs).flatMap(([name, job]) =>
    (["input", "output"] as const).flatMap((side) => {
      const place = job[side];
      if (place === undefined || "folder" in place) return [];
      const at = jsonPath(["jobs", name, side, "connection"]);
      const connection = connections[place.connection];
      if (connection === undefined) {
        return [`${at}: there is no connection "${place.connection}"; ${namesOf(connections)}.`];
      }
      if (holdsDatasets(connection)) return [];
      return [
        `${at}: the backend ${connection.backend} of "${place.connection}" holds no datasets that jobs can read or write; name a folder instead.`,
      ];
    }),
  );
}

function namesOf(entries: object): string {
  const names = Object.keys(entries).map((name) => `"${name}"`);
  return names.length === 0 ? "there are none" : `known are ${names.join(", ")}`;
}
