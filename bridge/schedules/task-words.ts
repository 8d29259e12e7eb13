import { resolve } from "node:path";
import type { ScheduleTask } from "../config/schedules-schema.ts";
import type { TaskWords } from "./task.ts";

export function taskWords(task: ScheduleTask, configFolder: string): TaskWords {
  switch (task.do) {
    case "job": {
      const values = Object.entries(task.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
      const given = values.length === 0 ? "" : ` with ${values.join(", ")}`;
      return { does: `Runs the job ${task.job}${given}`, where: "by the bridge" };
    }
    case "send-queue": {
      const whose = task.connection === undefined ? "" : ` for ${task.connection}`;
      return { does: `Sends what is queued${whose}`, where: "by the bridge" };
    }
    case "compare":
    case "pull": {
      const { url, database, stores, connection, profile } = task;
      const what = `${stores?.join(", ") ?? "all stores"} of ${database} at ${url}`;
      return {
        does:
          task.do === "compare" ? `Compares ${what} with ${connection}` : `Pulls ${what} from ${connection}`,
        where: `headless, with the profile ${resolve(configFolder, profile)}`,
      };
    }
  }
}
