/** `driftscope schedule`: what the config file has the bridge do at certain times, and what came of it. */
import type { Command } from "commander";
import type { ScheduleHistory, ScheduleInfo, SchedulesState } from "../../core/protocol/schedule-frames.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { Config } from "../config/load-config.ts";
import { exitCodeOfError } from "../headless/exit-code.ts";
import { connectToBridge } from "../headless/remote/join-bridge.ts";
import { lookAtSchedules } from "../schedules/look-at-schedules.ts";
import { DataFolder } from "../server/data-folder.ts";
import { claimDataFolder, runningBridge } from "./claim-data-folder.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { entryWords, scheduleLines, timeIn } from "./schedule-words.ts";
import { visibleControls } from "./visible-controls.ts";

interface ScheduleOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

/** The schedules, whoever holds them: the bridge that runs, or this process, which runs none. */
interface ScheduleAccess {
  readonly isRunning: boolean;
  state(): Promise<SchedulesState>;
  history(name?: string): Promise<ScheduleHistory>;
  run(name: string): Promise<void>;
  setPaused(name: string, isPaused: boolean): Promise<void>;
  close(): Promise<void>;
}

export function addScheduleCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: object) => Config,
): void {
  const schedule = program
    .command("schedule")
    .description("tell what the bridge does at certain times, and what came of it");
  const add = (command: Command): Command => withFolders(command).option("--json", "print JSON");

  add(schedule.command("list", { isDefault: true }))
    .description("list the schedules, their next times and their last runs")
    .action((options: ScheduleOptions) => list(configOf(options), options));
  add(schedule.command("next").argument("[schedule]", "this one alone"))
    .description("print the next five times")
    .action((name: string | undefined, options: ScheduleOptions) => next(configOf(options), name, options));
  add(schedule.command("history").argument("[schedule]", "this one alone"))
    .description("list the runs and the missed times that are kept, the newest first")
    .action((name: string | undefined, options: ScheduleOptions) =>
      history(configOf(options), name, options),
    );
  add(schedule.command("run").argument("<schedule>"))
    .description(
      "have the bridge run one now, and wait for its end; one that waits for a panel is left to wait",
    )
    .action((name: string, options: ScheduleOptions) => run(configOf(options), name, options));
  for (const [command, isPaused, says] of [
    ["pause", true, "run it no more until it is resumed; what runs goes on to its end"],
    ["resume", false, "run it at its times again; those that passed are left out"],
  ] as const) {
    add(schedule.command(command).argument("<schedule>"))
      .description(says)
      .action((name: string, options: ScheduleOptions) => pause(configOf(options), name, isPaused));
  }
}

async function list(config: Config, { json }: ScheduleOptions): Promise<void> {
  await withSchedules(config, false, async (access) => {
    const { schedules } = await access.state();
    if (json) return print(JSON.stringify(schedules));
    const state = access.isRunning ? [] : ["No bridge runs: nothing is run until `driftscope bridge` does."];
    const lines =
      schedules.length === 0
        ? ['There are none: "schedules" in the config file names them.']
        : schedules.flatMap(scheduleLines);
    return print([...state, ...lines].join("\n"));
  });
}

async function next(config: Config, name: string | undefined, { json }: ScheduleOptions): Promise<void> {
  await withSchedules(config, false, async (access) => {
    const { schedules } = await access.state();
    const meant = name === undefined ? schedules : [found(schedules, name)];
    if (json)
      return print(
        JSON.stringify(meant.map((one) => ({ name: one.name, words: one.words, next: one.next }))),
      );
    return print(
      meant
        .flatMap((one) => [
          `  ${one.name}  ${one.words} (${one.times.timeZone})${one.paused === undefined ? "" : ", paused"}`,
          ...one.next.map((time) => `      ${timeIn(one.times.timeZone, time)}`),
        ])
        .join("\n"),
    );
  });
}

async function history(config: Config, name: string | undefined, { json }: ScheduleOptions): Promise<void> {
  await withSchedules(config, false, async (access) => {
    const entries = await access.history(name);
    if (json) return print(JSON.stringify(entries));
    const { schedules } = await access.state();
    const zoneOf = (of: string): string => schedules.find((one) => one.name === of)?.times.timeZone ?? "UTC";
    const lines = entries.map((one) => `  ${one.name}  ${entryWords(one.entry, zoneOf(one.name))}`);
    return print(lines.length === 0 ? "Nothing was run yet." : lines.join("\n"));
  });
}

async function pause(config: Config, name: string, isPaused: boolean): Promise<void> {
  await withSchedules(config, true, async (access) => {
    await access.setPaused(name, isPaused);
    return print(scheduleLines(found((await access.state()).schedules, name)).join("\n"));
  });
}

const POLL_MS = 200;

async function run(config: Config, name: string, { json }: ScheduleOptions): Promise<void> {
  await withSchedules(config, false, async (access) => {
    if (!access.isRunning) {
      throw new CliError(
        ExitCode.connection,
        "Schedules are run by the bridge: start it with `driftscope bridge`.",
      );
    }
    await access.run(name);
    let info = found((await access.state()).schedules, name);
    if (info.running?.state === "waiting") {
      const { running, times } = info;
      return print(json ? JSON.stringify(running) : `  ${name}  ${entryWords(running, times.timeZone)}`);
    }
    const { runId } = info.running ?? info.last ?? {};
    while (info.running?.runId === runId && runId !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      info = found((await access.state()).schedules, name);
    }
    const { entry } =
      (await access.history(name)).find((one) => one.entry.is === "run" && one.entry.runId === runId) ?? {};
    if (entry === undefined)
      throw new CliError(ExitCode.connection, "It has ended, and is not in the history.");
    await print(json ? JSON.stringify(entry) : `  ${name}  ${entryWords(entry, info.times.timeZone)}`);
    if (entry.is !== "run" || entry.state !== "succeeded") process.exitCode = ExitCode.connection;
  });
}

function found(schedules: readonly ScheduleInfo[], name: string): ScheduleInfo {
  const info = schedules.find((one) => one.name === name);
  if (info !== undefined) return info;
  const names = schedules.map((one) => `"${one.name}"`).join(", ") || "none";
  throw new CliError(ExitCode.usage, `There is no schedule "${name}": the config file has ${names}.`);
}

async function withSchedules<T>(
  config: Config,
  writes: boolean,
  work: (access: ScheduleAccess) => Promise<T>,
): Promise<T> {
  const access = await openAccess(config, writes);
  try {
    return await work(access);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(exitCodeOfError(error), messageOf(error), { cause: error });
  } finally {
    await access.close();
  }
}

async function openAccess(config: Config, writes: boolean): Promise<ScheduleAccess> {
  const folder = new DataFolder(config.dataDir);
  const running = await runningBridge(folder);
  if (running !== undefined && running.port !== 0) return throughBridge(folder, running.port);
  if (writes) await claimDataFolder(folder);
  const schedules = await lookAtSchedules(config, folder);
  return {
    isRunning: false,
    state: async () => schedules.state(),
    history: async (name) => schedules.history(name),
    run: (name) => schedules.run(name, "command line"),
    setPaused: (name, isPaused) => schedules.setPaused(name, isPaused, "command line"),
    async close() {
      await schedules.close();
      if (writes) folder.clearRunning();
    },
  };
}

async function throughBridge(folder: DataFolder, port: number): Promise<ScheduleAccess> {
  const client = await connectToBridge(folder, port);
  return {
    isRunning: true,
    state: () => client.schedules.state(),
    history: (name) => client.schedules.history(name),
    run: (name) => client.schedules.run(name),
    setPaused: (name, isPaused) => client.schedules.setPaused(name, isPaused),
    close: async () => client.close(),
  };
}

/** Resolves when it is written: a pipe may take only a part at a time. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${visibleControls(text)}\n`, () => resolve());
  });
}
