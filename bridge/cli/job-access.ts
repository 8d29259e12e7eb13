/** The jobs, whoever runs them: the bridge that runs on the data folder, or this process. */
import type { JobParameters } from "../../core/protocol/client/bridge-jobs.ts";
import type { JobLogPart, JobRun, JobsState } from "../../core/protocol/job-frames.ts";
import type { Config } from "../config/load-config.ts";
import { connectToBridge } from "../headless/remote/join-bridge.ts";
import { Jobs } from "../jobs/jobs.ts";
import { DataFolder } from "../server/data-folder.ts";
import { claimDataFolder, runningBridge } from "./claim-data-folder.ts";

export interface JobAccess {
  state(): Promise<JobsState>;
  run(job: string, parameters: JobParameters): Promise<JobRun>;
  cancel(runId: string): Promise<void>;
  runs(job?: string): Promise<readonly JobRun[]>;
  log(runId: string, from: number): Promise<JobLogPart>;
  close(): Promise<void>;
}

const BY = "command line";

/** @param mayRun Nobody else works on the folder then; else it is only looked at. @throws CliError */
export async function openJobAccess(config: Config, mayRun: boolean): Promise<JobAccess> {
  const folder = new DataFolder(config.dataDir);
  const running = await runningBridge(folder);
  if (running !== undefined && running.port !== 0) return throughBridge(folder, running.port);
  if (mayRun) await claimDataFolder(folder);
  const open = mayRun ? Jobs.open : Jobs.look;
  const jobs = await open({ config, folder: folder.jobsFolder, log: () => {} });
  const never = new AbortController().signal;
  return {
    state: async () => jobs.state(),
    run: (job, parameters) => jobs.start(job, parameters, BY),
    cancel: (runId) => jobs.cancel(runId),
    runs: async (job) => jobs.runs(job),
    log: (runId, from) => jobs.nextOfLog(runId, from, never),
    async close() {
      await jobs.close();
      if (mayRun) folder.clearRunning();
    },
  };
}

async function throughBridge(folder: DataFolder, port: number): Promise<JobAccess> {
  const client = await connectToBridge(folder, port);
  return {
    state: () => client.jobs.state(),
    run: (job, parameters) => client.jobs.run(job, parameters),
    cancel: (runId) => client.jobs.cancel(runId),
    runs: (job) => client.jobs.runs(job),
    log: (runId, from) => client.jobs.log(runId, from),
    close: async () => client.close(),
  };
}
