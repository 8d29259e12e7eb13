/** A command from its options to its report. */
import { join } from "node:path";
import type { Page } from "playwright";
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { Decision } from "../../core/session/drift.ts";
import { mergeDecision } from "../../core/session/merge-decision.ts";
import type { DatabaseSchema, LocalStore } from "../../core/session/ports.ts";
import { DataFolder } from "../server/data-folder.ts";
import { AbsentLocalStore } from "./absent-local-store.ts";
import { BASE_FILE_NAME, BaseFile } from "./base/base-file.ts";
import { BrowserSession } from "./browser/browser-session.ts";
import type { CommandInput } from "./command-input.ts";
import { confirmEmptied, confirmPlans, type Planned } from "./confirm.ts";
import { exitCodeOfError, exitCodeOfStores } from "./exit-code.ts";
import { HeadlessError } from "./headless-error.ts";
import { describeInCollection, mappingOf, openStore, type StorePlaces } from "./open-stores.ts";
import { PageSession } from "./page-session.ts";
import { ProgressLine } from "./progress-line.ts";
import { openRemote, type RemoteAccess } from "./remote/remote-access.ts";
import type { Report } from "./report/report-schema.ts";
import { restoreDatabase } from "./restore-database.ts";
import { type StoreMapping, StoreRun } from "./sync/store-run.ts";
import { type WantedStore, wantedStores } from "./wanted-stores.ts";

/** Never throws: what went wrong stands in the report. */
export async function runCommand(input: CommandInput): Promise<Report> {
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
  readonly #input: CommandInput;
  /** In the order of opening. */
  readonly #opened: { close(): unknown }[] = [];
  readonly #runs: StoreRun[] = [];
  #connection: ConnectionInfo | undefined;
  #custom: RemoteAccess["policy"] | undefined;
  /** Of the database that this command made, or would make. */
  #restored: DatabaseSchema | undefined;

  constructor(input: CommandInput) {
    this.#input = input;
  }

  async toEnd(): Promise<void> {
    const places = await this.#openPlaces();
    await this.#openStores(places);
    await this.#plan();
    if (this.#input.signal.aborted || this.#input.command === "diff") return;
    const planned = this.#planned();
    const { dryRun, resume, command } = this.#input;
    const made = command === "push" ? this.#runs.filter((run) => !run.collectionExists) : [];
    const answer = await confirmPlans(planned, made, places.connection, this.#input);
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

  async close(): Promise<void> {
    for (const one of this.#opened.reverse()) {
      // What it was opened for is done; a browser that went by itself must not hide what came of it.
      await Promise.resolve(one.close()).catch(() => undefined);
    }
  }

  report(failure: unknown): Report {
    const { command, url, connection, dryRun, signal } = this.#input;
    const stores = this.#runs.map((run) => run.report());
    const about = {
      format: 1 as const,
      command,
      page: url,
      connection,
      ...(this.#connection === undefined ? {} : { level: this.#connection.level }),
      dryRun,
      stores,
    };
    if (signal.aborted) return { ...about, cancelled: true, exitCode: 130 };
    if (failure === undefined) return { ...about, exitCode: exitCodeOfStores(stores) };
    return { ...about, error: wordsOf(failure), exitCode: exitCodeOfError(failure) };
  }

  async #openPlaces(): Promise<StorePlaces> {
    const { config, terminal, signal } = this.#input;
    const folder = new DataFolder(config.dataDir);
    const remote = this.#keep(
      await openRemote(config, folder, {
        signal,
        onWait: ({ pid }) => terminal.note(`Waiting for the process ${pid}, which works on ${folder.path}.`),
      }),
    );
    const connection = findConnection(await remote.connections(), this.#input.connection);
    this.#connection = connection;
    this.#custom = remote.policy;
    signal.throwIfAborted();
    const browser = this.#keep(await BrowserSession.open(this.#input.browser));
    // A page that loads and loads is left when its browser is closed.
    const page = await untilAborted(this.#openPage(browser, remote, connection), signal);
    const path = browser.profile === undefined ? ":memory:" : join(folder.path, BASE_FILE_NAME);
    const baseFile = this.#keep(new BaseFile(path));
    return { page, remote, connection, baseFile, profile: browser.profile ?? "temporary" };
  }

  /**
   * A pull begins on an empty page: where the database is missing it is made there, before an application could
   * make one of its own, and the application does not run in this command.
   */
  async #openPage(
    browser: BrowserSession,
    remote: RemoteAccess,
    connection: ConnectionInfo,
  ): Promise<PageSession> {
    const { url, app, command, frame } = this.#input;
    if (browser.isOwn && frame === undefined && (command === "pull" || !app)) {
      const page = await this.#agentIn(await browser.emptyPage(url));
      if (command === "pull") this.#restored = await restoreDatabase(page, remote, connection, this.#input);
      if (this.#restored !== undefined || !app) return page;
      await page.close();
    }
    const page = await this.#agentIn(await browser.page(url));
    const { database, signal } = this.#input;
    const found = await page.waitForDatabase(database, [], signal);
    if (found === undefined && command === "pull") {
      this.#restored = await restoreDatabase(page, remote, connection, this.#input);
    }
    return page;
  }

  async #agentIn(page: Page): Promise<PageSession> {
    return this.#keep(await PageSession.open(page, this.#input.frame, this.#input.bucket));
  }

  async #openStores(places: StorePlaces): Promise<void> {
    const { signal, terminal, dryRun } = this.#input;
    const skipped: string[] = [];
    for (const { name, count = 0 } of await this.#wantedStores(places.page)) {
      const mapping = mappingOf(this.#input, name);
      const opened = await openStore(mapping, this.#localOf(places.page, mapping), places, this.#input);
      if (opened === undefined) {
        skipped.push(mapping.collection);
        continue;
      }
      const { local, remote, base, collectionExists } = opened;
      const there = places.connection.collections?.find((one) => one.name === mapping.collection)?.count ?? 0;
      const progress = new ProgressLine(`${mapping.database}/${name}`, Math.max(count, there) || undefined);
      this.#runs.push(
        new StoreRun({
          mapping,
          ports: { local, remote, base },
          collectionExists,
          databaseCreated: this.#restored !== undefined && !dryRun,
          signal,
          onCompareProgress: (compared) => terminal.progress(progress.compared(compared)),
          onApplyProgress: (applied) => terminal.progress(progress.applied(applied)),
        }),
      );
    }
    if (this.#runs.length === 0) throw noCollection(places.connection.name, skipped);
    for (const name of skipped)
      terminal.note(`Left out: nothing was pushed to the collection "${name}" yet.`);
  }

  #localOf(page: PageSession, { database, store, settings }: StoreMapping): LocalStore {
    const local = page.store(database, store, settings);
    if (this.#restored === undefined || !this.#input.dryRun) return local;
    return new AbsentLocalStore(local.identity, this.#restored);
  }

  async #wantedStores(page: PageSession): Promise<readonly WantedStore[]> {
    const { app, database, stores, signal } = this.#input;
    const find = () => (app ? page.waitForDatabase(database, stores, signal) : page.findDatabase(database));
    return wantedStores(this.#restored ?? (await find()), this.#input);
  }

  async #plan(): Promise<void> {
    const { command, record, resume } = this.#input;
    if (resume !== undefined) return this.#recall(resume);
    if (command === "undo") return this.#planUndo();
    if (record !== undefined) return this.#planRecord(record.key, record.take);
    for (const run of this.#runs) {
      await this.#comparePlanned(run, command);
      if (this.#input.signal.aborted) return;
    }
  }

  async #comparePlanned(run: StoreRun, command: "diff" | "push" | "pull" | "resolve"): Promise<void> {
    const { policy, signal, withFields } = this.#input;
    const comparison = await run.compare();
    if (signal.aborted) return;
    const accepted = new Set<string>();
    for (const evidence of comparison.emptied) {
      const isAsked = evidence.side === "local" ? command === "push" : command === "pull";
      if (isAsked && (await confirmEmptied(evidence, run.mapping, this.#input))) accepted.add(evidence.side);
    }
    await run.decide({
      command,
      policy,
      settings: run.mapping.settings,
      accepts: ({ side }) => accepted.has(side),
      custom: policy.is === "custom" ? this.#custom?.(policy.name) : undefined,
      signal,
    });
    if (withFields) await run.readFields();
  }

  async #planRecord(key: Uint8Array, take: NonNullable<CommandInput["record"]>["take"]): Promise<void> {
    const [run, ...others] = this.#runs;
    if (run === undefined || others.length > 0) {
      throw new HeadlessError("usage", "A --key is of one store: name it with --store.");
    }
    const decision: Decision =
      take === "local" ? { do: "push" } : take === "remote" ? { do: "pull" } : mergeDecision(take.value);
    await run.decideOne(key, decision);
    if (this.#input.withFields) await run.readFields();
  }

  /** Only the store whose plan it is stays. */
  async #recall(applyId: string): Promise<void> {
    for (const run of this.#runs) {
      if (!(await run.recall(applyId))) continue;
      this.#runs.splice(0, this.#runs.length, run);
      return;
    }
    throw new HeadlessError("usage", `No apply ${applyId} of these stores and this profile is on record.`);
  }

  async #planUndo(): Promise<void> {
    const histories = await Promise.all(
      this.#runs.map(async (run) => ({ run, headers: await run.history() })),
    );
    const all = histories.flatMap(({ run, headers }) => headers.map((header) => ({ run, header })));
    const newestFirst = all.sort((a, b) => b.header.startedAt - a.header.startedAt);
    const undone = new Set(newestFirst.map(({ header }) => header.undoes));
    const wanted = this.#input.undo;
    const found = newestFirst.find(({ header: { applyId, kind } }) =>
      wanted === undefined ? kind === "apply" && !undone.has(applyId) : applyId === wanted,
    );
    if (found === undefined) {
      const known = newestFirst.map(({ header }) => header.applyId).join(", ") || "none";
      throw new HeadlessError("usage", `There is no such apply of these stores and this profile: ${known}.`);
    }
    this.#runs.splice(0, this.#runs.length, found.run);
    await found.run.planUndo(found.header.applyId);
  }

  #planned(): Planned[] {
    return this.#runs.flatMap(({ mapping, plan }) => (plan === undefined ? [] : [{ mapping, plan }]));
  }

  #keep<Closable extends { close(): unknown }>(opened: Closable): Closable {
    this.#opened.push(opened);
    return opened;
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function findConnection(connections: readonly ConnectionInfo[], name: string): ConnectionInfo {
  const found = connections.find((connection) => connection.name === name);
  if (found === undefined) {
    const known = connections.map((connection) => `"${connection.name}"`).join(", ");
    throw new HeadlessError("usage", `There is no connection "${name}": the config file has ${known}.`);
  }
  if (found.problem === undefined) return found;
  throw new HeadlessError(
    "bridge-failed",
    `The connection "${name}" cannot be used: ${found.problem.message}`,
  );
}

function noCollection(connection: string, skipped: readonly string[]): HeadlessError {
  const names = skipped.map((name) => `"${name}"`).join(", ");
  return new HeadlessError(
    "usage",
    `The connection "${connection}" has no collection ${names}: \`driftscope push\` makes it, or name another with --collection.`,
  );
}

function wordsOf(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  return { code: hasCode ? String(error.code) : "internal", message };
}
