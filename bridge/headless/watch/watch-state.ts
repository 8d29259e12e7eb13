/** What `driftscope watch` says about a store, one line whenever it changes. */
import type { Comparison } from "../../../core/session/drift.ts";
import type { OverLimit } from "../../../core/session/safety-limit.ts";
import type { StoreMapping, StoreRun } from "../sync/store-run.ts";

/** Of what was written in one round. */
interface Written {
  readonly pushed: number;
  readonly pulled: number;
}

export type WatchState = { readonly database: string; readonly store: string; readonly at: string } & (
  | (Written & { readonly is: "inSync"; readonly records: number })
  /** Something waits for a person: by kind, how many. */
  | (Written & {
      readonly is: "behind";
      readonly left: number;
      readonly kinds: Readonly<Record<string, number>>;
    })
  | { readonly is: "offline"; readonly since: string; readonly reason: string }
  | { readonly is: "paused"; readonly reason: string }
);

interface Place {
  readonly database: string;
  readonly store: string;
  readonly at: string;
}

export const placeOf = ({ database, store }: StoreMapping, now: Date): Place => ({
  database,
  store,
  at: now.toISOString(),
});

/** After a round that came to its end. */
export function settledState(place: Place, run: StoreRun): WatchState {
  const { plan, applied, comparison, left } = run;
  const written = { pushed: 0, pulled: 0 };
  plan?.operations.forEach(({ side }, i) => {
    if (applied?.outcomes.at(i)?.status !== "applied") return;
    if (side === "remote") written.pushed++;
    else if (side === "local") written.pulled++;
  });
  if (left === 0) {
    // As compared, and as the plan has changed it since.
    const { create, delete: deleted } = plan?.counts.local ?? { create: 0, delete: 0 };
    return { ...place, is: "inSync", ...written, records: (comparison?.localRows ?? 0) + create - deleted };
  }
  return { ...place, is: "behind", ...written, left, kinds: kindsOf(comparison) };
}

function kindsOf(comparison: Comparison | undefined): Record<string, number> {
  const kinds = Object.entries(comparison?.counts ?? {});
  return Object.fromEntries(
    kinds.filter(([kind, count]) => count > 0 && kind !== "equal" && kind !== "converged"),
  );
}

export function pausedState(place: Place, { side, count, of }: OverLimit): WatchState {
  const where = side === "local" ? "the page's store" : "the collection";
  const reason = `it would delete or replace ${count} of the ${of} records of ${where}. Look at them with \`driftscope diff\`; \`push\` and \`pull\` do it, or a larger --limit`;
  return { ...place, is: "paused", reason };
}

/** Whether it says anything new. */
export function isNews(state: WatchState, before: WatchState | undefined): boolean {
  if (before === undefined || before.is !== state.is) return true;
  switch (state.is) {
    case "inSync":
      return state.pushed + state.pulled > 0;
    case "behind":
      return (
        state.pushed + state.pulled > 0 ||
        JSON.stringify(state.kinds) !== JSON.stringify((before as typeof state).kinds)
      );
    case "offline":
      return false;
    case "paused":
      return state.reason !== (before as typeof state).reason;
  }
}

export function watchWords(state: WatchState): string {
  const where = `${state.at.slice(11, 19)} ${state.store}`;
  switch (state.is) {
    case "inSync":
      return `${where}: in sync, ${state.records.toLocaleString("en")} records${writtenWords(state)}`;
    case "behind": {
      const kinds = Object.entries(state.kinds).map(([kind, count]) => `${kind} ${count}`);
      return `${where}: ${state.left.toLocaleString("en")} wait for a person (${kinds.join(", ")})${writtenWords(state)}`;
    }
    case "offline":
      return `${where}: offline since ${state.since.slice(11, 19)}: ${state.reason}`;
    case "paused":
      return `${where}: paused: ${state.reason}`;
  }
}

function writtenWords({ pushed, pulled }: Written): string {
  const words = [
    ...(pushed > 0 ? [`pushed ${pushed.toLocaleString("en")}`] : []),
    ...(pulled > 0 ? [`pulled ${pulled.toLocaleString("en")}`] : []),
  ];
  return words.length === 0 ? "" : `; ${words.join(", ")}`;
}
