/** What differs from one kind of job to another: what success leaves behind, and how progress is told. */
import type { JobConfig, JobKindName } from "../config/jobs-schema.ts";

export interface Progress {
  /** Of what `said` names; absent where the tool tells none. */
  readonly percent?: number;
  /** In the tool's own terms. */
  readonly said: string;
}

interface JobKind {
  /** The file that the tool writes last, when all of its output is there. */
  readonly marker?: string;
  /** The tool makes the output's folder itself, and refuses one that is there. */
  readonly makesOutput: boolean;
  /** Undefined for a line that tells none. */
  readonly progress: (line: string) => Progress | undefined;
}

const MAPREDUCE = /\bmap (\d{1,3})% reduce (\d{1,3})%/;
const HIVE = /\b(Stage-\d+) map = (\d{1,3})%,\s+reduce = (\d{1,3})%/;
/** The tasks that are done, those that run, and all of a stage; with several stages, the last one counts. */
const SPARK = /\[Stage (\d+):[=> ]*\((\d+) \+ \d+\) \/ (\d+)\](?!.*\[Stage )/;

/** Maps and reduces count the same. */
function mapReduce(line: string): Progress | undefined {
  const [said, map, reduce] = MAPREDUCE.exec(line) ?? [];
  return said === undefined ? undefined : { percent: (Number(map) + Number(reduce)) / 2, said };
}

/** Of one stage; how many follow is not told. */
function hive(line: string): Progress | undefined {
  const [found, stage, map, reduce] = HIVE.exec(line) ?? [];
  if (found === undefined) return undefined;
  return { percent: (Number(map) + Number(reduce)) / 2, said: `${stage}: map ${map}% reduce ${reduce}%` };
}

/** Of one stage; how many follow is not told. */
function spark(line: string): Progress | undefined {
  const [found, stage, done, all] = SPARK.exec(line) ?? [];
  if (found === undefined) return undefined;
  const percent = Number(all) === 0 ? 100 : (Number(done) / Number(all)) * 100;
  return { percent, said: `Stage ${stage}: ${done} of ${all} tasks` };
}

const SUCCESS = "_SUCCESS";

const KINDS: Readonly<Record<JobKindName, JobKind>> = {
  mapreduce: { marker: SUCCESS, makesOutput: true, progress: mapReduce },
  spark: { marker: SUCCESS, makesOutput: true, progress: spark },
  // Writes where it is told, also into a folder that is there, and leaves no mark.
  hive: { makesOutput: true, progress: hive },
  command: { makesOutput: false, progress: () => undefined },
};

/** With what the config file says of this job. */
export function kindOf({ kind, progress }: Pick<JobConfig, "kind" | "progress">): JobKind {
  if (progress === undefined) return KINDS[kind];
  const pattern = new RegExp(progress, "u");
  return { ...KINDS[kind], progress: (line) => percentage(pattern, line) };
}

function percentage(pattern: RegExp, line: string): Progress | undefined {
  const [said, percent] = pattern.exec(line) ?? [];
  if (said === undefined) return undefined;
  const value = Number(percent);
  return value >= 0 && value <= 100 ? { percent: value, said } : { said };
}
