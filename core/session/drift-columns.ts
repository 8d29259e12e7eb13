/** Drifts by column: the objects of 100,000 of them would take a hundred megabytes. */
import {
  type DigestColumn,
  type KeyColumn,
  packDigests,
  packKeys,
  packTexts,
  sharedDigests,
  type TextColumn,
  unpackDigest,
  unpackKey,
  unpackText,
} from "./columns.ts";
import {
  type BaseState,
  type Change,
  type Decision,
  DRIFT_KINDS,
  type Drift,
  type DriftKind,
  type SideState,
} from "./drift.ts";

const CHANGES: readonly Change[] = ["none", "added", "changed", "removed"];
const PROPOSALS: readonly Decision["do"][] = ["push", "pull", "merge", "renew", "leave", "decide"];
const STATES = ["present", "deleted", "absent", "unreadable", "noBase", "notRepresentable"] as const;
/** In a column of indices: the value is missing. */
const MISSING = 255;

const GONE: ReadonlySet<number> = new Set([STATES.indexOf("absent"), STATES.indexOf("deleted")]);

export interface Holders {
  readonly local: boolean;
  readonly remote: boolean;
}

/** What local, remote and base have in common. */
interface Side {
  readonly state: (typeof STATES)[number];
  readonly digest?: Uint8Array;
  readonly token?: string;
  readonly reason?: string;
}

interface SideColumns {
  /** Index into STATES, or MISSING where there is no base entry. */
  readonly states: Uint8Array;
  readonly digests: DigestColumn | undefined;
  readonly tokens: TextColumn | undefined;
  readonly reasons: ReadonlyMap<number, string>;
}

export interface DriftColumns extends KeyColumn {
  readonly count: number;
  readonly kinds: Uint8Array;
  readonly noBase: Uint8Array;
  readonly here: Uint8Array;
  readonly there: Uint8Array;
  readonly local: SideColumns;
  readonly remote: SideColumns;
  readonly base: SideColumns;
  readonly proposals: Uint8Array;
  /** Proposals that have more to them than a word. */
  readonly merges: ReadonlyMap<number, Decision>;
}

export function packDrifts(drifts: readonly Drift[]): DriftColumns {
  const local = packSides(drifts.map((drift) => drift.local));
  const remote = packSides(
    drifts.map((drift) => drift.remote),
    local,
  );
  const base = packSides(
    drifts.map((drift) => drift.base),
    local,
    remote,
  );
  return {
    count: drifts.length,
    ...packKeys(drifts.map(({ key }) => key)),
    kinds: Uint8Array.from(drifts, ({ kind }) => DRIFT_KINDS.indexOf(kind)),
    noBase: Uint8Array.from(drifts, ({ noBase }) => Number(noBase)),
    here: Uint8Array.from(drifts, ({ here }) => CHANGES.indexOf(here)),
    there: Uint8Array.from(drifts, ({ there }) => CHANGES.indexOf(there)),
    local,
    remote,
    base,
    proposals: Uint8Array.from(drifts, ({ proposal }) => PROPOSALS.indexOf(proposal.do)),
    merges: sparse(drifts, ({ proposal }) => (proposal.do === "merge" ? proposal : undefined)),
  };
}

export function unpackDrift(packed: DriftColumns, i: number): Drift {
  const proposal = packed.merges.get(i) ?? { do: PROPOSALS[packed.proposals[i] as number] };
  return {
    key: unpackKey(packed, i),
    kind: kindIn(packed, i),
    noBase: packed.noBase[i] === 1,
    here: CHANGES[packed.here[i] as number] as Change,
    there: CHANGES[packed.there[i] as number] as Change,
    local: unpackSide(packed.local, i) as SideState,
    remote: unpackSide(packed.remote, i) as SideState,
    base: unpackSide(packed.base, i) as BaseState | undefined,
    proposal: proposal as Decision,
  };
}

export function kindIn({ kinds }: DriftColumns, i: number): DriftKind {
  return DRIFT_KINDS[kinds[i] as number] as DriftKind;
}

/** Whether each side holds a record, readable or not. */
export function holdersIn({ local, remote }: DriftColumns, i: number): Holders {
  return { local: !GONE.has(local.states[i] ?? MISSING), remote: !GONE.has(remote.states[i] ?? MISSING) };
}

function packSides(sides: readonly (Side | undefined)[], ...others: readonly SideColumns[]): SideColumns {
  const digests = packDigests(sides.map((side) => side?.digest));
  return {
    states: Uint8Array.from(sides, (side) => (side ? STATES.indexOf(side.state) : MISSING)),
    digests: sharedDigests(digests, ...others.map((other) => other.digests)),
    tokens: packTexts(sides.map((side) => side?.token)),
    reasons: sparse(sides, (side) => side?.reason),
  };
}

function unpackSide(columns: SideColumns, i: number): Side | undefined {
  const state = STATES[columns.states[i] ?? MISSING];
  if (state === undefined) return undefined;
  const digest = unpackDigest(columns.digests, i);
  const token = unpackText(columns.tokens, i);
  const reason = columns.reasons.get(i);
  return {
    state,
    ...(digest === undefined ? {} : { digest }),
    ...(token === undefined ? {} : { token }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function sparse<Item, Value>(
  items: readonly Item[],
  of: (item: Item) => Value | undefined,
): ReadonlyMap<number, Value> {
  const values = new Map<number, Value>();
  for (const [i, item] of items.entries()) {
    const value = of(item);
    if (value !== undefined) values.set(i, value);
  }
  return values;
}
