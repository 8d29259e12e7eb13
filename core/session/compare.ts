import type { EntryBatch } from "../batch/entry-batch.ts";
import { DiffError } from "../diff/diff-error.ts";
import { type JoinRow, type JoinVisitor, joinEntries } from "../diff/join-entries.ts";
import { baseBatch } from "./base-batch.ts";
import { CompareSegment, type RowCounts } from "./compare-segment.ts";
import { type CompareProgress, type Comparison, DRIFT_KINDS, type Drift, noDrifts } from "./drift.ts";
import { DriftListBuilder } from "./drift-list.ts";
import { findEmptied, isSuspect, withoutSuspectProposals } from "./emptied.ts";
import { type KnownSides, knownSidesOf } from "./known-sides.ts";
import { baseLearnedFrom, makeDrift } from "./make-drift.ts";
import type { BaseEntry, KeyRange } from "./ports.ts";
import { type Rechecked, recheck } from "./recheck.ts";
import { onSide, SessionError } from "./session-error.ts";
import type { SessionPorts } from "./session-ports.ts";

export interface CompareOptions {
  readonly signal?: AbortSignal | undefined;
  /** Upper bound of entries a scan's batch; the result does not depend on it. */
  readonly batchSize?: number | undefined;
  /** Upper bound of differences that are reread together; the result does not depend on it either. */
  readonly rereadSize?: number | undefined;
  readonly onProgress?: ((progress: CompareProgress) => void) | undefined;
  /**
   * A cancelled comparison of the same ports: goes on after its `comparedUpTo`. The base must be the one that
   * it wrote to.
   */
  readonly resumeFrom?: Comparison | undefined;
  /**
   * For looking: a scan that the remote keeps will do, where the base is complete already. The comparison says of when it is, and
   * nothing that it took from there becomes base: it and the page's records need never have been so at the same time.
   */
  readonly keptWillDo?: boolean | undefined;
  /** Only these keys are compared. The base then does not become complete. */
  readonly range?: KeyRange | undefined;
  /** Told the last key of each run of keys that was compared, and the page's rows up to it. */
  readonly onRun?: ((upTo: Uint8Array, localRows: number) => void) | undefined;
  /**
   * Told of each such run once the base holds what was proven in it: enough for a later session to go on. Waited
   * for before progress tells of it; must not fail.
   */
  readonly onPart?: ((part: ComparedPart) => Promise<void>) | undefined;
  /** Milliseconds since 1970; decides nothing, it only labels. */
  readonly clock?: (() => number) | undefined;
}

/** How far a comparison came. */
export interface ComparedPart {
  /** All keys up to this one were compared. */
  readonly upTo: Uint8Array;
  /** Records that were equal up to there, and records that the base had. */
  readonly equal: number;
  readonly baseRows: number;
  readonly startedAt: number;
  /** What the page's store was when the comparison began. */
  readonly store: KnownSides;
  /** Keys since the part before that are not equal, ascending. */
  readonly differing: readonly Uint8Array[];
}

/** Segments that are reread at a time: a page answers one as the next one travels. */
const REREADS_AHEAD = 3;

/**
 * Compares both sides, three ways. Both are scanned at the same time; every difference is reread by key on
 * both until two reads agree. What was proven equal becomes base as the compare goes; only when all keys were
 * compared does a missing base entry come to mean "was absent" (`completeAt`).
 *
 * A cancel answers what was compared so far, `complete: false`.
 *
 * @throws SessionError "scan-failed", "out-of-order", "lookup-failed", "malformed-answer" or "base-failed",
 *   naming the side. Nothing is said about equality then, and the base holds only what was proven.
 */
export async function compare(ports: SessionPorts, options: CompareOptions = {}): Promise<Comparison> {
  const clock = options.clock ?? Date.now;
  const resumed = toGoOnFrom(options.resumeFrom);
  const startedAt = resumed?.startedAt ?? clock();
  const completeAt = await onSide("base", "base-failed", "Reading when the base was complete", () =>
    ports.base.completeAt(),
  );
  const known = await readKnownSides(ports);
  const keptAt =
    completeAt === undefined || resumed !== undefined ? undefined : await readKeptAt(ports, options);
  const run = new CompareRun(ports, options, {
    baseKnown: completeAt !== undefined,
    resumed,
    known,
    startedAt,
    keptAt,
  });
  const complete = await run.toEnd();
  const result = { ...run.result(complete, clock()), ...earlierPartOf(resumed) };
  if (complete && !options.range && keptAt === undefined) {
    await onSide("base", "base-failed", "Marking the base as complete", () =>
      ports.base.setCompleteAt(clock()),
    );
    await rememberSides(ports, known, result);
  }
  return result;
}

/** A comparison to go on from, if this is one: nothing of one with a kept scan became base. */
export function toGoOnFrom(stopped: Comparison | undefined): Comparison | undefined {
  return stopped?.complete === false && stopped.remoteAsOf === undefined ? stopped : undefined;
}

async function readKeptAt({ remote }: SessionPorts, options: CompareOptions): Promise<number | undefined> {
  const { keptWillDo = false, range, signal } = options;
  if (!keptWillDo || range !== undefined || signal?.aborted || !remote.capabilities.keepsScans)
    return undefined;
  return onSide("remote", "scan-failed", "Asking for the scan that is kept", async () => remote.keptAt?.());
}

/** What was compared before a stop is not news of the time when the rest was. */
function earlierPartOf(resumed: Comparison | undefined): Pick<Comparison, "earlierPart"> {
  const upTo = resumed?.comparedUpTo;
  if (resumed === undefined || upTo === undefined) return {};
  return { earlierPart: { upTo, from: resumed.startedAt, to: resumed.finishedAt } };
}

export interface StoreThenAndNow {
  /** When the base was complete last. */
  readonly before: KnownSides | undefined;
  readonly now: KnownSides;
}

export async function readKnownSides({ local, base }: SessionPorts): Promise<StoreThenAndNow> {
  const [before, now] = await Promise.all([
    onSide("base", "base-failed", "Reading what the page's store was", () => base.knownSides()),
    onSide("local", "lookup-failed", "Reading what the page's store is", () => local.describe()),
  ]);
  return { before, now: knownSidesOf(now) };
}

/** As long as a person has not decided about what a recreated store lost, the evidence stays. */
async function rememberSides(
  { base }: SessionPorts,
  { before, now }: StoreThenAndNow,
  { drifts, emptied }: Comparison,
): Promise<void> {
  if (JSON.stringify(before) === JSON.stringify(now)) return;
  if (emptied.length > 0 && drifts.some((drift) => isSuspect(drift, emptied))) return;
  await onSide("base", "base-failed", "Remembering what the page's store is", () => base.setKnownSides(now));
}

/** What a comparison begins with. */
interface CompareStart {
  readonly baseKnown: boolean;
  readonly resumed: Comparison | undefined;
  readonly known: StoreThenAndNow;
  readonly startedAt: number;
  /** Of the remote's kept scan that is used. */
  readonly keptAt: number | undefined;
}

class CompareRun implements JoinVisitor {
  readonly #ports: SessionPorts;
  readonly #options: CompareOptions;
  readonly #baseKnown: boolean;
  readonly #known: StoreThenAndNow;
  readonly #startedAt: number;
  readonly #keptAt: number | undefined;
  readonly #drifts: DriftListBuilder;
  /** Of the drifts so far, by kind. */
  readonly #counts = noDrifts();
  readonly #rows: RowCounts;
  #comparedUpTo: Uint8Array | undefined;
  #segment: CompareSegment;
  /** Ends the scans and rereads when the compare ends for any reason. */
  readonly #reading = new AbortController();
  /** The segments that are reread while the scans go on, each after the one before it. */
  readonly #rereading: Promise<void>[] = [];

  constructor(
    ports: SessionPorts,
    options: CompareOptions,
    { baseKnown, resumed, known, startedAt, keptAt }: CompareStart,
  ) {
    this.#ports = ports;
    this.#keptAt = keptAt;
    this.#known = known;
    this.#startedAt = startedAt;
    this.#options = options;
    this.#baseKnown = baseKnown;
    this.#drifts = new DriftListBuilder(resumed?.drifts);
    for (const kind of DRIFT_KINDS) this.#counts[kind] = resumed?.counts[kind] ?? 0;
    this.#rows = {
      local: resumed?.localRows ?? 0,
      remote: resumed?.remoteRows ?? 0,
      base: resumed?.baseRows ?? 0,
      equal: resumed?.counts.equal ?? 0,
    };
    this.#comparedUpTo = resumed?.comparedUpTo;
    this.#segment = this.#newSegment();
  }

  /** True when everything was compared, false when cancelled. */
  async toEnd(): Promise<boolean> {
    const { signal, batchSize, range } = this.#options;
    const stopReading = () => this.#reading.abort(signal?.reason);
    if (signal?.aborted) return false;
    signal?.addEventListener("abort", stopReading, { once: true });
    const scanOptions = { after: this.#comparedUpTo, range, batchSize, signal: this.#reading.signal };
    try {
      const sources = {
        local: deferred(() => this.#ports.local.scan(scanOptions)),
        remote: deferred(() => this.#ports.remote.scan({ ...scanOptions, keptAt: this.#keptAt })),
        base: deferred(() => this.#ports.base.scan(scanOptions)),
      };
      await joinEntries(sources, this, signal);
      this.#rereadSegment();
      await this.#rereading.at(-1);
      return signal?.aborted !== true;
    } catch (error) {
      // What is still being reread is of no use any more; what is being written to the base is waited for.
      this.#reading.abort();
      await Promise.allSettled(this.#rereading);
      if (signal?.aborted) return false;
      throw asSessionError(error);
    } finally {
      signal?.removeEventListener("abort", stopReading);
      this.#reading.abort();
    }
  }

  result(complete: boolean, finishedAt: number): Comparison {
    const drifts = this.#drifts.build();
    const { tombstones } = this.#ports.remote.capabilities;
    const emptied = findEmptied(drifts, { baseRows: this.#rows.base, ...this.#known, tombstones });
    return {
      extent: "full",
      counts: { ...this.#counts, equal: this.#rows.equal },
      drifts: withoutSuspectProposals(drifts, emptied),
      complete,
      ...(complete || !this.#comparedUpTo ? {} : { comparedUpTo: this.#comparedUpTo }),
      startedAt: this.#startedAt,
      finishedAt,
      ...(this.#keptAt === undefined ? {} : { remoteAsOf: this.#keptAt }),
      localRows: this.#rows.local,
      remoteRows: this.#rows.remote,
      baseRows: this.#rows.base,
      emptied,
    };
  }

  visit(row: JoinRow): boolean {
    this.#segment.add(row);
    return this.#segment.full;
  }

  async pause(): Promise<void> {
    if (!this.#segment.full) return;
    const most = this.#ports.remote.capabilities.partsAtOnce ?? REREADS_AHEAD;
    if (this.#rereading.length >= most) await this.#rereading.shift();
    this.#rereadSegment();
  }

  #rereadSegment(): void {
    const segment = this.#segment;
    this.#segment = this.#newSegment();
    this.#report("recheck");
    const reread = recheck(this.#ports, segment.candidates, this.#reading.signal);
    const finished = this.#finish(segment, reread, this.#rereading.at(-1));
    this.#rereading.push(finished);
    // Awaited at a later pause or at the end; until then its error waits.
    finished.catch(() => undefined);
  }

  /** In the order of the keys, so that `comparedUpTo` and the base never run ahead. */
  async #finish(
    segment: CompareSegment,
    rereading: Promise<Rechecked[]>,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const { signal } = this.#options;
    const [reread] = await Promise.all([rereading, before]);
    const seen = reread.map((read) => makeDrift(read, this.#baseKnown, this.#ports.remote.capabilities));
    const learned = seen.map((drift) => baseLearnedFrom(drift, this.#baseKnown));
    await this.#writeBase(
      segment.takeRenewals(),
      learned.filter((entry) => entry !== undefined),
    );
    signal?.throwIfAborted();
    for (const [i, drift] of seen.entries()) {
      segment.recount(i, drift);
      if (drift.kind !== "equal") {
        this.#drifts.push(drift);
        this.#counts[drift.kind]++;
      } else if (drift.local.state === "present") segment.rows.equal++;
    }
    this.#rows.local += segment.rows.local;
    this.#rows.remote += segment.rows.remote;
    this.#rows.base += segment.rows.base;
    this.#rows.equal += segment.rows.equal;
    const { upTo } = segment;
    if (upTo) this.#options.onRun?.(upTo, this.#rows.local);
    this.#comparedUpTo = upTo ?? this.#comparedUpTo;
    if (upTo) await this.#tellPart(upTo, seen);
    this.#report("scan");
  }

  async #tellPart(upTo: Uint8Array, seen: readonly Drift[]): Promise<void> {
    if (this.#keptAt !== undefined) return;
    await this.#options.onPart?.({
      upTo,
      equal: this.#rows.equal,
      baseRows: this.#rows.base,
      startedAt: this.#startedAt,
      store: this.#known.now,
      differing: seen.filter(({ kind }) => kind !== "equal").map(({ key }) => key),
    });
  }

  async #writeBase(renewals: EntryBatch, entries: readonly BaseEntry[]): Promise<void> {
    const { base } = this.#ports;
    await onSide("base", "base-failed", "Writing what was found equal to the base", async () => {
      // What differed was looked up again on both sides now; the rest is as old as the remote's scan.
      if (renewals.count > 0 && this.#keptAt === undefined) await base.writeBatch(renewals);
      if (entries.length > 0) await base.writeBatch(baseBatch(entries));
    });
  }

  #report(phase: CompareProgress["phase"]): void {
    this.#options.onProgress?.({
      localRows: this.#rows.local,
      remoteRows: this.#rows.remote,
      drifts: this.#drifts.length,
      phase,
    });
  }

  #newSegment(): CompareSegment {
    const remoteComplete = !this.#ports.remote.capabilities.scoped;
    return new CompareSegment(this.#baseKnown, remoteComplete, this.#options.rereadSize);
  }
}

/** Begins the scan when it is first read, so that one that throws at once fails like any other. */
function deferred(scan: () => AsyncIterable<EntryBatch>): AsyncIterable<EntryBatch> {
  return { [Symbol.asyncIterator]: () => scan()[Symbol.asyncIterator]() };
}

function asSessionError(error: unknown): unknown {
  if (!(error instanceof DiffError)) return error;
  return new SessionError(error.code, error.message, { side: error.source, cause: error.cause });
}
