import { classify } from "../../../core/diff/classify.ts";
import { equalBytes } from "../../../core/diff/equal-bytes.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { applyPlan } from "../../../core/session/apply-plan.ts";
import { compare } from "../../../core/session/compare.ts";
import { compareAgain } from "../../../core/session/compare-again.ts";
import type { Comparison, Decision, Drift, SideState } from "../../../core/session/drift.ts";
import type { ApplyReport, Plan, PlannedOperation } from "../../../core/session/plan.ts";
import { planUndo } from "../../../core/session/plan-undo.ts";
import { SessionError } from "../../../core/session/session-error.ts";
import { baseStateOf } from "../../../core/session/side-state.ts";
import { digestOf, hexOf, keyOf } from "../../support/models/bodies.ts";
import { CrashError, type Fault, type Script } from "../../support/models/environment.ts";
import { planOf } from "../../support/models/steps.ts";
import { World } from "../../support/models/world.ts";

export type Side = "local" | "remote";

/** What somebody else does to one record. `copy` puts what the other side holds: the sides converge. */
export interface OtherWrite {
  readonly side: Side;
  readonly key: number;
  readonly how: "put" | "delete" | "copy";
}

/** What goes wrong during one action, by the number of the port call. */
export interface Trouble {
  readonly faults: readonly (readonly [number, Fault])[];
  readonly writes: readonly (readonly [number, OtherWrite])[];
  readonly cancelAt?: number | undefined;
}

export type Choice = "push" | "pull" | "merge" | "propose" | "leave";

/** How much of what the page wrote is told to a comparison of changed keys. */
export type Hints = "complete" | "some";

export type Action =
  | { readonly do: "write"; readonly write: OtherWrite }
  | { readonly do: "compare"; readonly batchSize: number; readonly trouble: Trouble }
  | { readonly do: "compareAgain"; readonly hints: Hints; readonly trouble: Trouble }
  | { readonly do: "apply"; readonly choices: readonly Choice[]; readonly trouble: Trouble }
  | { readonly do: "resume"; readonly trouble: Trouble }
  | { readonly do: "undo"; readonly which: number; readonly trouble: Trouble }
  | { readonly do: "late" };

const NO_TROUBLE: Trouble = { faults: [], writes: [] };
const now = { wait: async () => undefined };

/**
 * Two stores, a session that dies and comes back, and other writers; after every action the promises are
 * checked against the models' own logs.
 */
export class Machine {
  readonly world = new World();
  #comparison: Comparison | undefined;
  /** Of this session, for the next one to go on from; a session that died knows nothing any more. */
  #goOn: { readonly earlier: Comparison; readonly isWholeTruth: boolean } | undefined;
  /** Keys that the page wrote since that comparison began, and those that a plan of ours touched. */
  #recorded: number[] = [];
  readonly #applied = new Map<string, boolean>();
  /** Comparisons of changed keys that were held against what must be found. */
  rechecked = 0;
  readonly #plans = new Map<string, { plan: Plan; complete: boolean }>();
  readonly #operations = new Map<string, PlannedOperation>();
  readonly #held = { local: new Map<string, Set<string>>(), remote: new Map<string, Set<string>>() };
  readonly #remoteByToken = new Map<string, string | undefined>();
  #checkedEffects = { local: 0, remote: 0 };
  /** By key: how many effects the page had seen when the page itself wrote last. */
  readonly #pageWroteAt = new Map<string, number>();
  #bodies = 0;

  async run(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      await this.#act(action);
      this.#check();
    }
    await this.#finish();
  }

  async #act(action: Action): Promise<void> {
    if (action.do === "write") return this.#write(action.write);
    if (action.do === "late") return this.#deliverLate();
    if (action.do === "compare") return await this.#compare(action.batchSize, action.trouble);
    if (action.do === "compareAgain") return await this.#compareAgain(action.hints, action.trouble);
    if (action.do === "apply") return await this.#apply(action.choices, action.trouble);
    if (action.do === "resume") return await this.#resume(action.trouble);
    return await this.#undo(action.which, action.trouble);
  }

  #write({ side, key, how }: OtherWrite): void {
    const hex = hexOf(key);
    if (side === "local") {
      this.#pageWroteAt.set(hex, this.world.local.effects.length);
      this.#recorded.push(key);
    }
    const other = this.world[side === "local" ? "remote" : "local"].body(hex);
    if (how === "delete" || (how === "copy" && other === undefined)) {
      if (this.world[side].body(hex) !== undefined) this.world[side].delete(hex);
    } else {
      this.world[side].put(hex, how === "copy" ? (other as string) : `v${++this.#bodies}`);
    }
    this.#observe();
  }

  #deliverLate(): void {
    this.world.remote.deliverLate();
    this.#observe();
  }

  async #compare(batchSize: number, trouble: Trouble): Promise<void> {
    const quiet = isQuiet(trouble);
    const expected = quiet ? this.#oracle() : undefined;
    const comparison = await this.#session(trouble, (ports, signal) =>
      compare(ports, { batchSize, rereadSize: 2, signal, clock: () => 1 }),
    );
    if (!comparison) return;
    if (quiet && !comparison.complete) throw new Error("A compare without a cancel is not complete.");
    this.#comparison = comparison;
    this.#goOn = undefined;
    this.#checkFound(comparison, expected);
  }

  #checkFound({ drifts }: Comparison, expected: readonly string[] | undefined): void {
    const found = drifts.map(({ key, kind, noBase }) => `${toHex(key)} ${kind} ${noBase}`);
    if (expected && found.join() !== expected.join()) {
      throw new Error(`Rule 9/11: expected ${expected.join()}, found ${found.join()}`);
    }
    for (const drift of drifts) this.#checkSeen(drift);
  }

  /** With all hints it finds what a comparison of all records must find; with some it never says that it does. */
  async #compareAgain(hints: Hints, trouble: Trouble): Promise<void> {
    const goOn = this.#goOn;
    const recorded = this.#recorded;
    this.#recorded = [];
    const told = hints === "complete" ? recorded : recorded.filter((_, i) => i % 2 === 1);
    const isWholeTruth = goOn === undefined || (goOn.isWholeTruth && told.length === recorded.length);
    const expected = isQuiet(trouble) && isWholeTruth ? this.#oracle() : undefined;
    const local = { keys: told.map(keyOf), applied: new Map(this.#applied), unseen: [] };
    const comparison = await this.#session(trouble, (ports, signal) =>
      compareAgain(ports, { earlier: goOn?.earlier, local, signal, clock: () => 1 }),
    );
    // Failed, or cancelled while the earlier one still holds: what is hinted at is hinted at again.
    if (!comparison || comparison === goOn?.earlier) {
      this.#recorded = [...recorded, ...this.#recorded];
      return;
    }
    if (goOn === undefined && comparison.extent !== "full")
      throw new Error("A first comparison is no recheck.");
    this.#comparison = comparison;
    this.#applied.clear();
    const isAll = comparison.extent === "full" || isWholeTruth;
    this.#goOn = comparison.complete ? { earlier: comparison, isWholeTruth: isAll } : undefined;
    this.#checkFound(comparison, expected);
    if (expected && comparison.extent === "rechecked") this.rechecked++;
  }

  async #apply(choices: readonly Choice[], trouble: Trouble): Promise<void> {
    if (!this.#comparison) return;
    let at = 0;
    const decide = (drift: Drift): Decision => this.#decision(drift, choices[at++ % choices.length]);
    const plan = planOf(this.world, this.#comparison, decide);
    await this.#start(plan, trouble);
  }

  async #start(plan: Plan, trouble: Trouble): Promise<void> {
    for (const operation of plan.operations) this.#operations.set(operation.opId, operation);
    const dry = isQuiet(trouble) ? await this.#dryRun(plan) : undefined;
    this.#plans.set(plan.applyId, { plan, complete: false });
    const report = await this.#runPlan(plan, trouble, false);
    const statuses = (outcomes: ApplyReport["outcomes"]) => outcomes.map(({ status }) => status).join();
    if (dry && report && statuses(dry.outcomes) !== statuses(report.outcomes)) {
      throw new Error(`Rule 8: predicted ${statuses(dry.outcomes)}, was ${statuses(report.outcomes)}`);
    }
  }

  async #dryRun(plan: Plan): Promise<ApplyReport> {
    const before = JSON.stringify(this.#everything());
    const { ports, environment } = this.world.open();
    const report = await applyPlan(ports, plan, { dryRun: true });
    environment.dead = true;
    if (JSON.stringify(this.#everything()) !== before) throw new Error("Rule 8: a dry run wrote.");
    return report;
  }

  #everything(): unknown {
    const { local, remote, base } = this.world;
    const rows = [remote.rows, base.rows].map((table) => table.keys().map((key) => [key, table.get(key)]));
    return [this.world.bodies("local"), rows, [...base.applies], [...base.journal], local.effects.length];
  }

  async #resume(trouble: Trouble): Promise<void> {
    const pending = [...this.#plans.values()].findLast(({ complete }) => !complete);
    if (pending)
      await this.#runPlan(pending.plan, trouble, this.world.base.applies.has(pending.plan.applyId));
  }

  async #undo(which: number, trouble: Trouble): Promise<void> {
    const started = [...this.world.base.applies.keys()];
    const applyId = started[which % Math.max(1, started.length)];
    if (applyId === undefined) return;
    const plan = await this.#session(NO_TROUBLE, (ports) => planUndo(ports, applyId, this.world.newOpId, 1));
    if (plan) await this.#start(plan, trouble);
  }

  async #runPlan(plan: Plan, trouble: Trouble, resume: boolean): Promise<ApplyReport | undefined> {
    this.#touch(plan);
    const report = await this.#session(trouble, (ports, signal) =>
      applyPlan(ports, plan, { confirmed: ["items"], signal, resume, ...now, windowSize: 1, clock: () => 1 }),
    );
    if (report) this.#plans.set(plan.applyId, { plan, complete: report.complete });
    return report;
  }

  /** Own writes are in nobody's hints: the session knows them itself. */
  #touch({ operations }: Plan): void {
    for (const { key } of operations) {
      const hex = toHex(key);
      if (!this.#applied.has(hex)) this.#applied.set(hex, this.world.base.rows.get(hex)?.state === "present");
    }
  }

  /** One life of a session; undefined when it died or failed, which only trouble may cause. */
  async #session<T>(
    trouble: Trouble,
    work: (ports: ReturnType<World["ports"]>, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const cancelling = new AbortController();
    const faults = new Map(trouble.faults);
    const writes = new Map(trouble.writes);
    let calls = 0;
    const script: Script = {
      fault: () => faults.get(calls) ?? "none",
      interfere: () => {
        calls++;
        const write = writes.get(calls);
        if (write) this.#write(write);
        if (calls === trouble.cancelAt) cancelling.abort();
        this.#observe();
      },
    };
    const { ports, environment } = this.world.open(script);
    try {
      return await work(ports, cancelling.signal);
    } catch (error) {
      if (error instanceof SessionError && error.code === "already-undone") return undefined;
      const expected = error instanceof SessionError || error instanceof CrashError;
      if (error instanceof CrashError) this.#goOn = undefined;
      if (!expected || trouble.faults.length === 0) throw error;
      return undefined;
    } finally {
      environment.dead = true;
      this.#observe();
    }
  }

  #decision(drift: Drift, choice: Choice | undefined): Decision {
    if (choice === "push") return { do: "push" };
    if (choice === "pull") return { do: "pull" };
    if (choice === "leave") return { do: "leave" };
    if (choice !== "merge" || drift.kind === "converged") return drift.proposal;
    const body = `m${++this.#bodies}`;
    return { do: "merge", body, digest: digestOf(body) };
  }

  /** What a compare must find, key by key. */
  #oracle(): string[] {
    const { local, remote, base } = this.world;
    const keys = new Set([...local.rows.keys(), ...remote.rows.keys(), ...base.rows.keys()]);
    return [...keys].sort().flatMap((key) => {
      const entry = baseStateOf(base.rows.get(key));
      const { kind, noBase } = classify(
        this.#here(key),
        this.#there(key),
        entry,
        base.completeAt !== undefined,
      );
      return kind === "equal" ? [] : [`${key} ${kind} ${noBase}`];
    });
  }

  #here(key: string): SideState {
    const row = this.world.local.rows.get(key);
    return row ? { state: "present", digest: row.digest } : { state: "absent" };
  }

  #there(key: string): SideState {
    const { state, digest, token } = this.world.remote.read(fromHex(key));
    return { state, ...(digest ? { digest } : {}), ...(token ? { token } : {}) } as SideState;
  }

  /** Remembers what every side ever held. */
  #observe(): void {
    for (const side of ["local", "remote"] as const) {
      for (const key of this.world[side].rows.keys()) {
        const body = this.world[side].body(key);
        const held = this.#held[side].get(key) ?? new Set<string>();
        this.#held[side].set(key, held);
        if (body !== undefined) held.add(toHex(digestOf(body)));
      }
    }
    for (const key of this.world.remote.rows.keys()) {
      const row = this.world.remote.rows.get(key);
      if (row) this.#remoteByToken.set(row.token, row.body);
    }
    // What a session wrote may be overwritten before anybody looks.
    for (const { side, key, after } of [...this.world.local.effects, ...this.world.remote.effects]) {
      if (after === undefined) continue;
      const held = this.#held[side].get(key) ?? new Set<string>();
      this.#held[side].set(key, held.add(toHex(digestOf(after))));
    }
  }

  #check(): void {
    this.#checkEffects("local");
    this.#checkEffects("remote");
    for (const key of this.world.base.rows.keys()) this.#checkBase(key);
    this.#checkCheckpoint();
  }

  /** Rule 4: whatever the base does not hold of the remote comes after the base's checkpoint. */
  #checkCheckpoint(): void {
    const { base, remote } = this.world;
    if (base.remoteCheckpoint === undefined) return;
    const later = new Set(remote.changedSince(base.remoteCheckpoint));
    for (const key of remote.rows.keys()) {
      const isHeld = base.rows.get(key)?.token === remote.rows.get(key)?.token;
      if (!isHeld && !later.has(key)) throw new Error(`Rule 4: the checkpoint hides the change of ${key}.`);
    }
  }

  /** Rule 1 and 2: a write replaced exactly what the plan showed, with exactly what it showed, once. */
  #checkEffects(side: Side): void {
    const effects = this.world[side].effects;
    for (; this.#checkedEffects[side] < effects.length; this.#checkedEffects[side]++) {
      const effect = effects[this.#checkedEffects[side]];
      const operation = effect && this.#operations.get(effect.opId);
      if (!effect || !operation) throw new Error("A write that no plan showed.");
      const before = effect.before === undefined ? null : digestOf(effect.before);
      const shown = side === "local" ? operation.expectLocal : this.#digestAtToken(operation.expectRemote);
      if (!same(before, shown)) throw new Error(`Rule 1: ${effect.opId} overwrote what nobody had seen.`);
      const after = effect.after === undefined ? null : digestOf(effect.after);
      if (!same(after, operation.digest)) throw new Error(`Rule 8: ${effect.opId} wrote something else.`);
      this.#checkOnce(side, this.#checkedEffects[side]);
    }
  }

  /**
   * The page's records have no versions: where the page itself put back what the person had seen, an operation
   * that was cut off may come again. Nothing else may make it.
   */
  #checkOnce(side: Side, index: number): void {
    const effects = this.world[side].effects;
    const { opId, key } = effects[index] as (typeof effects)[number];
    const earlier = effects.findLastIndex((other, i) => i < index && other.opId === opId);
    if (earlier < 0) return;
    const pageWrote = side === "local" && (this.#pageWroteAt.get(key) ?? -1) > earlier;
    if (!pageWrote) throw new Error(`Rule 2: ${opId} was done twice.`);
  }

  #digestAtToken(token: string | null): Uint8Array | null {
    const body = token === null ? undefined : this.#remoteByToken.get(token);
    return body === undefined ? null : digestOf(body);
  }

  /** Rule 3: what the base calls equal was held by both sides, at the version that it names. */
  #checkBase(key: string): void {
    const entry = this.world.base.rows.get(key);
    if (entry?.state !== "present" || !entry.digest) return;
    const digest = toHex(entry.digest);
    for (const side of ["local", "remote"] as const) {
      if (!this.#held[side].get(key)?.has(digest)) {
        throw new Error(`Rule 3: the base of ${key} is what the ${side} side never held.`);
      }
    }
    if (entry.body !== undefined && !same(digestOf(entry.body), entry.digest)) {
      throw new Error(`The base of ${key} has a body of another digest.`);
    }
  }

  /** A drift shows a digest and a token that belong together. */
  #checkSeen({ remote }: Drift): void {
    if (remote.token === undefined || remote.state !== "present") return;
    const body = this.#remoteByToken.get(remote.token);
    if (body === undefined || !same(digestOf(body), remote.digest ?? null)) {
      throw new Error(`A drift shows version ${remote.token} with a digest that it never had.`);
    }
  }

  /** Rule 5: once nothing goes wrong any more, everything decided converges, and a second diff is empty. */
  async #finish(): Promise<void> {
    while (this.world.remote.late.length > 0) this.#deliverLate();
    await this.#compareAgain("complete", NO_TROUBLE);
    for (const { plan, complete } of this.#plans.values()) {
      if (!complete) await this.#runPlan(plan, NO_TROUBLE, this.world.base.applies.has(plan.applyId));
    }
    for (const choice of ["push", "pull"] as const) {
      await this.#compare(3, NO_TROUBLE);
      await this.#apply([choice, "pull", "push"], NO_TROUBLE);
      this.#check();
    }
    await this.#compare(2, NO_TROUBLE);
    const left = this.#comparison?.drifts.map(({ kind }) => kind);
    if (left?.length !== 0) throw new Error(`Rule 5: the second diff is not empty: ${left?.join()}`);
    if (JSON.stringify(this.world.bodies("local")) !== JSON.stringify(this.world.bodies("remote"))) {
      throw new Error("Rule 5: the sides differ, and no diff says so.");
    }
  }
}

function isQuiet(trouble: Trouble): boolean {
  return trouble.faults.length === 0 && trouble.writes.length === 0 && trouble.cancelAt === undefined;
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
