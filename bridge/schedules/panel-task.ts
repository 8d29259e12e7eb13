/**
 * A comparison that a panel does, since its page's storage is in a browser that the bridge cannot reach: a run waits until
 * a panel has the page open and the person there has it compared, or would not.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { ComparedStore, PanelAnswer } from "../../core/protocol/schedule-frames.ts";
import type { PageTask } from "../config/schedules-schema.ts";
import { reportFile } from "./kept-reports.ts";
import type { Task, TaskOutcome, TaskRequest, TaskWords } from "./task.ts";

export interface PanelTaskPlaces {
  readonly configFolder: string;
  /** Of reports, where the config file names no other. */
  readonly reports: string;
  readonly now: () => number;
}

type CompareTask = Extract<PageTask, { do: "compare" }>;

interface Answered {
  readonly answer: PanelAnswer;
  readonly by: string;
}

export function panelTask(config: CompareTask, words: TaskWords, places: PanelTaskPlaces): Task {
  const { url, database, stores, connection } = config;
  let waiter: ((answered: Answered) => void) | undefined;
  return {
    ...words,
    inPanel: {
      wants: { url, database, connection, ...(stores === undefined ? {} : { stores }) },
      answer: (answer, by) => waiter?.({ answer, by }),
    },
    async run({ signal }: TaskRequest) {
      const answered = await new Promise<Answered>((resolve, reject) => {
        waiter = resolve;
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
      });
      return outcomeOf(config, answered, places);
    },
  };
}

/** @throws ProtocolError "job-failed", "cancelled" */
async function outcomeOf(
  config: CompareTask,
  { answer, by }: Answered,
  places: PanelTaskPlaces,
): Promise<TaskOutcome> {
  if (answer.is === "declined") {
    throw new ProtocolError("cancelled", `It was declined by ${by}: nothing was compared.`);
  }
  if (answer.is === "failed") {
    throw new ProtocolError("job-failed", `${by} could not compare it: ${answer.message}`);
  }
  const report = await keepReport(config, answer.stores, by, places);
  const left = answer.stores.reduce((sum, { counts }) => sum + differing(counts), 0);
  const drift = left === 0 ? "nothing differs" : left === 1 ? "1 record differs" : `${left} records differ`;
  if (config.failOnDrift && left > 0) {
    throw new ProtocolError("job-failed", `Of ${config.database}, ${drift}. Its report: ${report}`);
  }
  return { said: `Compared by ${by}: ${drift}.`, report };
}

const differing = (counts: ComparedStore["counts"]): number =>
  Object.entries(counts).reduce(
    (sum, [kind, count]) => (kind === "equal" || kind === "converged" ? sum : sum + count),
    0,
  );

/** Counts alone: which records differ is for whoever looks at the panel. */
async function keepReport(
  { url, connection, reports: folder }: CompareTask,
  stores: readonly ComparedStore[],
  by: string,
  { configFolder, reports, now }: PanelTaskPlaces,
): Promise<string> {
  const place = folder === undefined ? reports : resolve(configFolder, folder);
  const file = join(place, reportFile("compare", now()));
  const report = { format: 1, command: "compare in a panel", by, page: url, connection, stores };
  await mkdir(place, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify(report), { mode: 0o600 });
  return file;
}
