/** A command from its options to its report. */
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { CommandInput, OnceCommand } from "./command-input.ts";
import { confirmPlans, type Planned } from "./confirm.ts";
import { openPlaces } from "./open-places.ts";
import { openRuns } from "./open-runs.ts";
import { describeInCollection, type StorePlaces } from "./open-stores.ts";
import { OpenedThings } from "./opened-things.ts";
import { planRuns } from "./plan-runs.ts";
import { commandReport } from "./report/command-report.ts";
import type { Report } from "./report/report-schema.ts";
import type { StoreRun } from "./sync/store-run.ts";

/** Never throws: what went wrong stands in the report. */
export async function runCommand(input: CommandInput<OnceCommand>): Promise<Report> {
  const run = new CommandRun(input);
  let failure: unknown;
  try {
    await run.toEnd();
  } catch (error) {
    failure = error;
  }
  await run.close();
  return run.report(failure);
}

class CommandRun {
  readonly #input: CommandInput<OnceCommand>;
  readonly #opened = new OpenedThings();
  #runs: readonly StoreRun[] = [];
  #connection: ConnectionInfo | undefined;

  constructor(input: CommandInput<OnceCommand>) {
    this.#input = input;
  }

  async toEnd(): Promise<void> {
    const { signal, command } = this.#input;
    const places = await openPlaces(this.#input, this.#opened, (connection) => {
      this.#connection = connection;
    });
    const runs = await openRuns(this.#input, places);
    this.#runs = runs;
    this.#runs = await planRuns(this.#input, runs, (name) => places.remote.policy(name));
    if (signal.aborted || command === "diff") return;
    await this.#apply(places);
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  report(failure: unknown): Report {
    const stores = this.#runs.map((run) => run.report());
    return commandReport(this.#input, this.#connection, stores, failure);
  }

  async #apply(places: StorePlaces): Promise<void> {
    const { dryRun, resume, command } = this.#input;
    const made = command === "push" ? this.#runs.filter((run) => !run.collectionExists) : [];
    const answer = await confirmPlans(this.#planned(), made, places.connection, this.#input);
    const confirmed = answer.names;
    if (command === "push" && resume === undefined && answer.mayWrite) {
      for (const run of this.#runs) {
        run.usePorts(await describeInCollection({ mapping: run.mapping, local: run.ports.local }, places));
      }
    }
    for (const run of this.#runs) {
      if (this.#input.signal.aborted) return;
      // A resumed plan could only start because the names were typed.
      const names = run.plan?.confirmations.map(({ name }) => name) ?? [];
      const isResumed = resume !== undefined;
      if (run.plan !== undefined && run.plan.operations.length > 0 && !dryRun) {
        this.#input.onApply(run.plan.applyId);
      }
      await run.apply({ dryRun, confirmed: isResumed ? names : confirmed, resume: isResumed });
    }
  }

  #planned(): Planned[] {
    return this.#runs.flatMap(({ mapping, plan, ports }) =>
      plan === undefined ? [] : [{ mapping, plan, ports }],
    );
  }
}
