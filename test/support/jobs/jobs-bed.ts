/** A folder with programs, a config and the engine of jobs on it, without a bridge around. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../bridge/config/load-config.ts";
import { Jobs } from "../../../bridge/jobs/jobs.ts";
import type { JobRun } from "../../../core/protocol/job-frames.ts";

const CONFIG = "driftscope.config.json";

export class JobsBed {
  readonly folder = mkdtempSync(join(tmpdir(), "driftscope-jobs-"));
  readonly told: string[] = [];
  readonly #connections: object;
  #jobs: Jobs | undefined;

  private constructor(connections: object) {
    this.#connections = connections;
  }

  static async open(
    jobs: object,
    programs: Readonly<Record<string, string>> = {},
    connections: object = {},
  ): Promise<JobsBed> {
    const bed = new JobsBed(connections);
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(bed.folder, name), text);
    await bed.start(jobs);
    return bed;
  }

  get jobs(): Jobs {
    if (this.#jobs === undefined) throw new Error("the engine was not started");
    return this.#jobs;
  }

  /** @param data Another bridge has another one. */
  async start(jobs: object, data = "data"): Promise<Jobs> {
    const file = join(this.folder, CONFIG);
    const parsed = parseConfig(JSON.stringify({ connections: this.#connections, jobs }), file);
    const { connections = {}, jobs: config = {} } = parsed;
    this.#jobs = await Jobs.open({
      config: { connections, jobs: config, folder: this.folder, file },
      folder: join(this.folder, data),
      log: (line) => this.told.push(line),
    });
    return this.#jobs;
  }

  /** A run from its beginning to its end. */
  async run(job: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<JobRun> {
    const { runId } = await this.jobs.start(job, parameters, "a test");
    return this.jobs.ended(runId);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What readers of an output see: its files by name; undefined where there is none yet. */
  output(name = "out"): Record<string, string> | undefined {
    const current = this.path(`${name}/current`);
    if (!existsSync(current)) return undefined;
    return Object.fromEntries(
      readdirSync(current).map((file) => [file, readFileSync(join(current, file), "utf8")]),
    );
  }

  /** What lies in the folder of an output, beside what readers see. */
  runsIn(name = "out"): string[] {
    return readdirSync(this.path(`${name}/runs`)).filter((one) => !one.endsWith(".json"));
  }

  /** All that is kept of what a run printed. */
  async printed(runId: string): Promise<string> {
    const pieces: Uint8Array[] = [];
    for (let from = 0; ; ) {
      const part = await this.jobs.log(runId, from);
      pieces.push(part.bytes);
      from = part.from + part.bytes.length;
      if (from >= part.end) return Buffer.concat(pieces).toString();
    }
  }

  putInput(files: Readonly<Record<string, string>>): void {
    mkdirSync(this.path("in"), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(this.path(`in/${name}`), text);
  }

  async close(): Promise<void> {
    await this.#jobs?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
