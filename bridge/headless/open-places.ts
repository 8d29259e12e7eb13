/** Where a command works: the connection, the page with the agent in it, and the file of its bases. */
import { join } from "node:path";
import type { Page } from "playwright";
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { DatabaseSchema } from "../../core/session/ports.ts";
import { DataFolder } from "../server/data-folder.ts";
import { BASE_FILE_NAME, BaseFile } from "./base/base-file.ts";
import { BrowserSession } from "./browser/browser-session.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";
import type { StorePlaces } from "./open-stores.ts";
import type { OpenedThings } from "./opened-things.ts";
import { PageSession } from "./page-session.ts";
import { openRemote, type RemoteAccess } from "./remote/remote-access.ts";
import { serveBundle } from "./remote/serve-bundle.ts";
import { restoreDatabase } from "./restore-database.ts";

export interface OpenedPlaces extends StorePlaces {
  /** Of the database that this command made in the page, or, in a dry run, would make. */
  readonly restored: DatabaseSchema | undefined;
}

/**
 * @param onConnection Told of the connection as soon as it is known: the report names its level whatever comes.
 * @throws HeadlessError, AgentError, ProtocolError; the signal's reason
 */
export async function openPlaces(
  input: CommandInput,
  opened: OpenedThings,
  onConnection: (connection: ConnectionInfo) => void,
): Promise<OpenedPlaces> {
  const { config, signal } = input;
  const folder = new DataFolder(config.dataDir);
  const remote = opened.keep(await remoteOf(input, folder));
  const connection = findConnection(await remote.connections(), input.connection);
  onConnection(connection);
  signal.throwIfAborted();
  const browser = opened.keep(await BrowserSession.open(input.browser));
  // A page that loads and loads is left when its browser is closed.
  const found = await untilAborted(new PageOpener(input, opened, remote, connection).open(browser), signal);
  const path = browser.profile === undefined ? ":memory:" : join(folder.path, BASE_FILE_NAME);
  const baseFile = opened.keep(new BaseFile(path));
  return { ...found, remote, connection, baseFile, profile: browser.profile ?? "temporary" };
}

function remoteOf(
  { config, bundle, terminal, signal }: CommandInput,
  folder: DataFolder,
): Promise<RemoteAccess> {
  if (bundle !== undefined) return serveBundle(bundle, config);
  return openRemote(config, folder, {
    signal,
    onWait: ({ pid }) => terminal.note(`Waiting for the process ${pid}, which works on ${folder.path}.`),
  });
}

type OpenedPage = Pick<OpenedPlaces, "page" | "restored">;

class PageOpener {
  readonly #input: CommandInput;
  readonly #opened: OpenedThings;
  readonly #remote: RemoteAccess;
  readonly #connection: ConnectionInfo;

  constructor(input: CommandInput, opened: OpenedThings, remote: RemoteAccess, connection: ConnectionInfo) {
    this.#input = input;
    this.#opened = opened;
    this.#remote = remote;
    this.#connection = connection;
  }

  /**
   * A pull begins on an empty page: where the database is missing it is made there, before an application could
   * make one of its own, and the application does not run in this command.
   */
  async open(browser: BrowserSession): Promise<OpenedPage> {
    const { url, app, command, frame, database, signal } = this.#input;
    if (browser.isOwn && frame === undefined && (command === "pull" || !app)) {
      const page = await this.#agentIn(await browser.emptyPage(url));
      const restored = command === "pull" ? await this.#restoreIn(page) : undefined;
      if (restored !== undefined || !app) return { page, restored };
      await page.close();
    }
    const page = await this.#agentIn(await browser.page(url));
    const found = await page.waitForDatabase(database, [], signal);
    const isMissing = found === undefined && command === "pull";
    return { page, restored: isMissing ? await this.#restoreIn(page) : undefined };
  }

  #restoreIn(page: PageSession): Promise<DatabaseSchema | undefined> {
    return restoreDatabase(page, this.#remote, this.#connection, this.#input);
  }

  async #agentIn(page: Page): Promise<PageSession> {
    return this.#opened.keep(await PageSession.open(page, this.#input.frame, this.#input.bucket));
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
