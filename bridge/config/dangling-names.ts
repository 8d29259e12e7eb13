/** Names in the config file that stand for something elsewhere in it, and have to be there. */
import { holdsDatasets } from "../backends/registry.ts";
import { checkParameters } from "../jobs/parameters.ts";
import type { ConfigFile } from "./config-schema.ts";
import { jsonPath } from "./json-path.ts";
import type { ScheduleTask } from "./schedules-schema.ts";

/** What is wrong with each name, with its place. */
export const danglingNames = (config: ConfigFile): string[] => [
  ...jobPlaces(config),
  ...Object.entries(config.schedules ?? {}).flatMap(([name, { task }]) => taskNames(config, name, task)),
];

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

function taskNames({ jobs = {}, connections }: ConfigFile, name: string, task: ScheduleTask): string[] {
  if (task.do === "job") {
    const at = (...keys: string[]): string => jsonPath(["schedules", name, "task", ...keys]);
    const job = jobs[task.job];
    if (job === undefined) return [`${at("job")}: there is no job "${task.job}"; ${namesOf(jobs)}.`];
    try {
      checkParameters(task.job, job.parameters ?? {}, task.parameters ?? {});
      return [];
    } catch (error) {
      return [`${at("parameters")}: ${(error as Error).message}`];
    }
  }
  // Without connections there is one by default, whose name its file tells.
  if (
    task.connection === undefined ||
    connections === undefined ||
    Object.hasOwn(connections, task.connection)
  )
    return [];
  const at = jsonPath(["schedules", name, "task", "connection"]);
  return [`${at}: there is no connection "${task.connection}"; ${namesOf(connections)}.`];
}

function namesOf(entries: object): string {
  const names = Object.keys(entries).map((name) => `"${name}"`);
  return names.length === 0 ? "there are none" : `known are ${names.join(", ")}`;
}
