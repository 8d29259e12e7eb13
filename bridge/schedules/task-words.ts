import { resolve } from "node:path";
import type { PageTask, ScheduleTask } from "../config/schedules-schema.ts";
import type { TaskWords } from "./task.ts";

const BY_BRIDGE = { runs: "bridge", where: "by the bridge" } as const;

const storesOf = ({ stores, database, url }: PageTask): string =>
  `${stores?.join(", ") ?? "all stores"} of ${database} at ${url}`;

/** No page is open by itself: one is opened without a window, or somebody opens it. */
function pagePlace({ profile, url }: PageTask, configFolder: string): Pick<TaskWords, "runs" | "where"> {
  return profile === undefined
    ? { runs: "panel", where: `in a panel: it waits until one has a page of ${new URL(url).origin} open` }
    : { runs: "headless", where: `headless, with the profile ${resolve(configFolder, profile)}` };
}

export function taskWords(task: ScheduleTask, configFolder: string): TaskWords {
  switch (task.do) {
    case "job": {
      const values = Object.entries(task.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
      const given = values.length === 0 ? "" : ` with ${values.join(", ")}`;
      return { does: `Runs the job ${task.job}${given}`, ...BY_BRIDGE };
    }
    case "send-queue": {
      const whose = task.connection === undefined ? "" : ` for ${task.connection}`;
      return { does: `Sends what is queued${whose}`, ...BY_BRIDGE };
    }
    case "bundle": {
      const { connection, collections, mapping, keep } = task;
      const all = mapping === undefined ? "all collections" : `the table that ${mapping} maps`;
      const what = `${collections?.join(", ") ?? all} of ${connection}`;
      return { does: `Pulls ${what} into a bundle, and keeps the newest ${keep}`, ...BY_BRIDGE };
    }
    case "compare":
      return { does: `Compares ${storesOf(task)} with ${task.connection}`, ...pagePlace(task, configFolder) };
    case "pull":
      return { does: `Pulls ${storesOf(task)} from ${task.connection}`, ...pagePlace(task, configFolder) };
  }
}
