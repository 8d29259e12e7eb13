import { runningJobs } from "../shared/running-jobs.ts";

runningJobs("chromium");
