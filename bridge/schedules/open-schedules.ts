/** The bridge's schedules, each with the part of the bridge that does its work. */

import { bundlesOf } from "../bundles/kept-bundles.ts";
import type { Config } from "../config/load-config.ts";
import type { ScheduleTask } from "../config/schedules-schema.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { ServedQueue } from "../queue/answer-queue.ts";
import type { DataFolder } from "../server/data-folder.ts";
import { bundleTask } from "./bundle-task.ts";
import { jobTask } from "./job-task.ts";
import { reportsOf } from "./kept-reports.ts";
import { pageTask } from "./page-task.ts";
import { panelTask } from "./panel-task.ts";
import { queueTask } from "./queue-task.ts";
import { Schedules } from "./schedules.ts";
import type { Task } from "./task.ts";
import { taskWords } from "./task-words.ts";

export interface ScheduledParts {
  readonly config: Pick<Config, "schedules" | "file" | "folder">;
  readonly folder: DataFolder;
  readonly jobs: Jobs;
  readonly queue: ServedQueue;
  readonly log: (line: string) => void;
}

export function openSchedules({ config, folder, jobs, queue, log }: ScheduledParts): Promise<Schedules> {
  const places = {
    configFile: config.file,
    configFolder: config.folder,
    dataDir: folder.path,
    now: Date.now,
  };
  const taskOf = (task: ScheduleTask, name: string): Task => {
    const words = taskWords(task, config.folder);
    switch (task.do) {
      case "job":
        return jobTask(task, words, jobs);
      case "send-queue":
        return queueTask(task, words, queue);
      case "bundle":
        return bundleTask(task, words, {
          ...places,
          name,
          bundles: bundlesOf(folder.schedulesFolder, name),
        });
      case "compare": {
        const { profile } = task;
        const withReports = { ...places, reports: reportsOf(folder.schedulesFolder, name) };
        return profile === undefined
          ? panelTask(task, words, withReports)
          : pageTask({ ...task, profile }, words, withReports);
      }
      case "pull":
        return pageTask(task, words, { ...places, reports: reportsOf(folder.schedulesFolder, name) });
    }
  };
  return Schedules.open({ config, folder: folder.schedulesFolder, taskOf, seed: folder.bridgeId(), log });
}
