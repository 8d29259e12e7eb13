import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { Config } from "../config/load-config.ts";
import type { DataFolder } from "../server/data-folder.ts";
import { Schedules } from "./schedules.ts";
import { taskWords } from "./task-words.ts";

/** The schedules of a bridge that does not run: they are told, paused and resumed, and nothing is run. */
export function lookAtSchedules(config: Config, folder: DataFolder): Promise<Schedules> {
  return Schedules.open({
    config,
    folder: folder.schedulesFolder,
    taskOf: (task) => ({
      ...taskWords(task, config.folder),
      run: async () => {
        throw new ProtocolError(
          "unsupported",
          "Schedules are run by the bridge: start it with `driftscope bridge`.",
        );
      },
    }),
    seed: folder.bridgeId(),
    log: (line) => console.error(line),
  });
}
