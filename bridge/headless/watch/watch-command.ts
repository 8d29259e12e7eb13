/**
 * `driftscope watch`: keeps a page's stores and their collections in sync, until it is told to stop.
 *
 * Each round compares all records and writes, both ways, what one side alone changed, and what the policy decides. What
 * it does not decide waits for a person and is told, and so does what a side refused, until it changes. What an emptied
 * or recreated side lacks is never taken away from the other, and a round that would delete or replace more than a share
 * of a side is not run at all.
 */
import { setTimeout as wait } from "node:timers/promises";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { overLimit } from "../../../core/session/safety-limit.ts";
import { messageOf, SessionError } from "../../../core/session/session-error.ts";
import type { CommandInput } from "../command-input.ts";
import { HeadlessError } from "../headless-error.ts";
import { type OpenedPlaces, openPlaces } from "../open-places.ts";
import { openRuns } from "../open-runs.ts";
import { describeInCollection } from "../open-stores.ts";
import { OpenedThings } from "../opened-things.ts";
import type { StoreRun } from "../sync/store-run.ts";
import { RefusedRecords } from "./refused-records.ts";
import { isNews, pausedState, placeOf, settledState, type WatchState } from "./watch-state.ts";

export interface WatchInput extends CommandInput<"watch"> {
  /** Between the end of a round and the next one. */
  readonly intervalMs: number;
  /** Of a side's records, how many may be deleted or replaced in a round: 0 to 1. */
  readonly limit: number;
  /** Told of a store's state when it is news. */
  readonly onState: (state: WatchState) => void;
}

/** Ends when the signal is aborted. @throws HeadlessError, AgentError, ProtocolError: what watching cannot go on with */
export async function watch(input: WatchInput): Promise<void> {
  const opened = new OpenedThings();
  try {
    const places = await openPlaces(input, opened, () => {});
    requireConsent(places, input);
    const watched = (await openRuns(input, places)).map((run) => new WatchedStore(run, places, input));
    while (!input.signal.aborted) {
      for (const store of watched) await store.round();
      await wait(input.intervalMs, undefined, { signal: input.signal }).catch(() => {});
    }
  } catch (error) {
    if (!input.signal.aborted) throw error;
  } finally {
    await opened.close();
  }
}

function requireConsent({ connection }: OpenedPlaces, { yes }: WatchInput): void {
  if (connection.level !== "confirm" || yes) return;
  throw new HeadlessError(
    "not-allowed",
    `The connection "${connection.name}" wants every apply confirmed, and watch applies by itself: give --yes, or make its level "unattended".`,
  );
}

class WatchedStore {
  readonly #run: StoreRun;
  readonly #places: OpenedPlaces;
  readonly #input: WatchInput;
  readonly #refused = new RefusedRecords();
  #isMade: boolean;
  #told: WatchState | undefined;

  constructor(run: StoreRun, places: OpenedPlaces, input: WatchInput) {
    this.#run = run;
    this.#places = places;
    this.#input = input;
    this.#isMade = run.collectionExists;
  }

  async round(): Promise<void> {
    const place = placeOf(this.#run.mapping, new Date());
    let state: WatchState;
    try {
      state = (await this.#sync()) ?? settledState(place, this.#run);
    } catch (error) {
      if (this.#input.signal.aborted) return;
      if (!isAway(error)) throw error;
      const since = this.#told?.is === "offline" ? this.#told.since : place.at;
      state = { ...place, is: "offline", since, reason: messageOf(error) };
    }
    if (this.#input.signal.aborted) return;
    if (isNews(state, this.#told)) this.#input.onState(state);
    this.#told = state;
  }

  /** @returns Why nothing was written, where that is so. */
  async #sync(): Promise<WatchState | undefined> {
    const { policy, limit, confirmed, signal, onApply } = this.#input;
    const run = this.#run;
    await this.#make();
    const comparison = await run.compare();
    if (signal.aborted) return undefined;
    await run.decide({
      command: this.#places.connection.level === "read-only" ? "pull" : "watch",
      policy,
      settings: run.mapping.settings,
      // Rule 7 wants a person.
      accepts: () => false,
      custom: policy.is === "custom" ? this.#places.remote.policy(policy.name) : undefined,
      leaves: (drift) => this.#refused.has(drift),
      signal,
    });
    const { plan } = run;
    if (plan === undefined || plan.operations.length === 0) return undefined;
    const place = placeOf(run.mapping, new Date());
    const over = overLimit(plan, comparison, limit);
    if (over !== undefined) return pausedState(place, over);
    const unconfirmed = plan.confirmations.find(({ name }) => !confirmed.includes(name));
    if (unconfirmed !== undefined) {
      const reason = `it would delete ${unconfirmed.deletes} records of "${unconfirmed.name}": allow it with --confirm "${unconfirmed.name}"`;
      return { ...place, is: "paused", reason };
    }
    onApply(plan.applyId);
    await run.apply({ dryRun: false, confirmed, resume: false });
    const { applied } = run;
    if (applied?.stopped?.side === "remote")
      throw new ProtocolError("backend-unavailable", applied.stopped.reason);
    if (applied !== undefined) this.#refused.note(comparison.drifts, plan, applied);
    return undefined;
  }

  /** The collection, where it is not there yet. */
  async #make(): Promise<void> {
    if (this.#isMade || this.#places.connection.level === "read-only") return;
    const { mapping, ports } = this.#run;
    this.#run.usePorts(await describeInCollection({ mapping, local: ports.local }, this.#places));
    this.#isMade = true;
  }
}

/** Of the backend: it may be back later. What fails in the page does not mend itself. */
function isAway(error: unknown): boolean {
  if (error instanceof SessionError) return error.side === "remote";
  return error instanceof ProtocolError && (error.code === "backend-unavailable" || error.code === "locked");
}
