/**
 * Whether what concurrent clients saw of one register can be told as one after the other, each at some moment
 * between its call and its answer: the search of Wing and Gong ("Testing and Verifying Concurrent Objects",
 * 1993) with Lowe's memory of the places it has been at ("Testing for linearizability", 2017).
 */

/** One call about one register, whose states are version tokens; null is the state before the first write. */
export type RegisterCall = {
  /** Of one counter for all clients. An answer that never came has `end` Infinity. */
  readonly start: number;
  readonly end: number;
} & (
  | { readonly do: "read"; readonly token: string | null }
  | {
      readonly do: "compare-and-set";
      readonly expect: string | null;
      readonly token: string;
      /** "unknown": it may have been done at any time since, or never. */
      readonly answer: "applied" | "missed" | "unknown";
    }
);

export function isLinearizable(calls: readonly RegisterCall[]): boolean {
  const ordered = [...calls].sort((a, b) => a.start - b.start);
  const been = new Set<string>();
  const done = ordered.map(() => false);

  function search(state: string | null): boolean {
    const open = ordered.flatMap((call, i) => (done[i] ? [] : [{ call, i }]));
    if (open.every(({ call }) => isUnknown(call))) return true;
    const place = `${open.map(({ i }) => i).join()} ${state}`;
    if (been.has(place)) return false;
    been.add(place);
    // Nothing can be later than the answer of a call that is not told yet.
    const limit = Math.min(...open.map(({ call }) => call.end));
    return open.some(({ call, i }) => {
      if (call.start > limit) return false;
      const next = stateAfter(call, state);
      if (next === undefined) return false;
      done[i] = true;
      const found = search(next);
      done[i] = false;
      return found;
    });
  }

  return search(null);
}

const isUnknown = (call: RegisterCall): boolean => call.do === "compare-and-set" && call.answer === "unknown";

/** Undefined when the call cannot have been answered so in that state. */
function stateAfter(call: RegisterCall, state: string | null): string | null | undefined {
  if (call.do === "read") return call.token === state ? state : undefined;
  const holds = call.expect === state;
  if (call.answer === "missed") return holds ? undefined : state;
  // One that was never done is left out; told, it is done.
  return holds ? call.token : undefined;
}
