/** The bridge's WebSocket server, on the IPv4 loopback address alone. */
import { type FSWatcher, watch } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { MAX_FRAME_BYTES } from "../../core/protocol/limits.ts";
import type { Config } from "../config/load-config.ts";
import { Drafts } from "../drafts/drafts.ts";
import { Jobs } from "../jobs/jobs.ts";
import { Journal, type JournalSize, type Retention } from "../journal/journal.ts";
import { Policies } from "../policies/policies.ts";
import type { ServedQueue } from "../queue/answer-queue.ts";
import { Queue } from "../queue/queue.ts";
import { QueueRunner } from "../queue/queue-runner.ts";
import { openSchedules } from "../schedules/open-schedules.ts";
import type { Schedules } from "../schedules/schedules.ts";
import { Connections } from "./connections.ts";
import type { DataFolder } from "./data-folder.ts";
import {
  CLOSE_REVOKED,
  CLOSE_SHUTDOWN,
  PanelConnection,
  type PanelConnectionOptions,
} from "./panel-connection.ts";
import { refuseUpgrade } from "./upgrade-check.ts";

const LOOPBACK = "127.0.0.1";

/** Sockets at a time: panels, and programs that never prove themselves. */
const MAX_SOCKETS = 32;

/** How long open sockets get to close when the bridge stops, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

const PRUNE_INTERVAL_MS = 60 * 60 * 1000;

export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "cannot-listen";
}

export class BridgeServer {
  readonly #folder: DataFolder;
  readonly #journal: Journal;
  readonly #connections: Connections;
  readonly #drafts: Drafts;
  readonly #policies: Policies;
  readonly #log: (line: string) => void;
  readonly #http: Server = createServer();
  readonly #panels = new Set<PanelConnection>();
  // A frame beyond the limit gets a typed error; only one beyond this costs the connection.
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 2 * MAX_FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  readonly #workConfig: Pick<Config, "connections" | "folder" | "file" | "jobs" | "schedules">;
  #jobs: Jobs | undefined;
  #schedules: Schedules | undefined;
  #queue: ServedQueue | undefined;
  #watcher: FSWatcher | undefined;
  #pruner: NodeJS.Timeout | undefined;

  constructor(
    config: Pick<Config, "connections" | "policies" | "folder"> & {
      readonly file?: Config["file"];
      readonly jobs?: Config["jobs"];
      readonly schedules?: Config["schedules"];
      readonly drafts?: Config["drafts"];
      readonly journal?: Retention;
    },
    folder: DataFolder,
    log: (line: string) => void,
  ) {
    const { connections, folder: configFolder, file, jobs = {}, schedules = {} } = config;
    this.#workConfig = { connections, folder: configFolder, file, jobs, schedules };
    this.#folder = folder;
    this.#log = log;
    this.#journal = new Journal(folder.journalFolder, config.journal);
    this.#connections = new Connections(config, this.#journal, folder);
    this.#drafts = new Drafts({
      config: config.drafts,
      folders: { config: config.folder, data: folder.path },
      draftsFolder: folder.draftsFolder,
      connections: this.#connections,
    });
    this.#policies = new Policies(config);
  }

  /** @param port 0 = any that is free. @returns The port. @throws ListenError */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", (error) => {
        const inUse = "code" in error && error.code === "EADDRINUSE";
        const why = inUse ? "another program listens there" : error.message;
        const message = `Cannot listen on ${LOOPBACK}:${port}: ${why}. Stop it, or choose another port with --port.`;
        reject(new ListenError(message, { cause: error }));
      });
      this.#http.listen(port, LOOPBACK, resolve);
    });
    const listening = (this.#http.address() as AddressInfo).port;
    const served = await this.#openQueue();
    const jobs = await this.#openJobs();
    const schedules = await this.#openSchedules(served, jobs);
    this.#serve(listening, { queue: served, jobs, schedules });
    served.runner.start();
    await schedules.start();
    this.#watchRevocations();
    await this.#journal.prune(Date.now());
    this.#pruner = setInterval(() => void this.#journal.prune(Date.now()).catch(() => {}), PRUNE_INTERVAL_MS);
    return listening;
  }

  async #openQueue(): Promise<ServedQueue> {
    const queue = await Queue.open(this.#folder.queueFolder);
    for (const problem of queue.problems) this.#log(problem);
    this.#queue = { queue, runner: new QueueRunner(queue, this.#connections, this.#log) };
    return this.#queue;
  }

  async #openJobs(): Promise<Jobs> {
    const options = { config: this.#workConfig, folder: this.#folder.jobsFolder, log: this.#log };
    this.#jobs = await Jobs.open(options);
    return this.#jobs;
  }

  async #openSchedules(queue: ServedQueue, jobs: Jobs): Promise<Schedules> {
    const parts = { config: this.#workConfig, folder: this.#folder, jobs, queue, log: this.#log };
    this.#schedules = await openSchedules(parts);
    return this.#schedules;
  }

  async queueSize(): Promise<{ readonly applies: number; readonly bytes: number }> {
    return (await this.#queue?.queue.size()) ?? { applies: 0, bytes: 0 };
  }

  journalSize(): Promise<JournalSize> {
    return this.#journal.size();
  }

  /** A write whose answer does not get through any more is unknown to its panel, which settles it later. */
  async close(): Promise<void> {
    clearInterval(this.#pruner);
    this.#watcher?.close();
    this.#http.close();
    for (const panel of this.#panels) panel.close(CLOSE_SHUTDOWN, "The bridge stops.");
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
    }, CLOSE_TIMEOUT_MS);
    await Promise.all(
      Array.from(this.#sockets.clients, (socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    clearTimeout(timer);
    // What is under way ends with its backend, at the latest.
    await this.#schedules?.close();
    const stopped = Promise.all([this.#queue?.runner.stop(), this.#jobs?.close()]);
    await Promise.all([this.#connections.close(), this.#policies.close(), stopped]);
    await this.#queue?.queue.close();
    await this.#journal.close();
  }

  #serve(port: number, work: Pick<PanelConnectionOptions, "queue" | "jobs" | "schedules">): void {
    this.#http.on("request", (_request, response) => {
      response.writeHead(426, { "content-type": "text/plain" });
      response.end("This is the Driftscope bridge; only the extension's WebSocket is served here.\n");
    });
    this.#http.on("upgrade", (request, socket, head) => {
      const { host, origin } = request.headers;
      const refusal =
        refuseUpgrade({ host, origin }, port) ??
        (this.#sockets.clients.size >= MAX_SOCKETS ? "Too many connections." : undefined);
      if (refusal !== undefined) {
        this.#log(`an upgrade was refused: ${refusal}`);
        socket.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n${refusal}\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const panel = new PanelConnection(webSocket, {
          folder: this.#folder,
          connections: this.#connections,
          drafts: this.#drafts,
          journal: this.#journal,
          policies: this.#policies,
          ...work,
          port,
          origin: origin ?? "",
          log: this.#log,
        });
        this.#panels.add(panel);
        webSocket.once("close", () => this.#panels.delete(panel));
      });
    });
  }

  /** `driftscope revoke` deletes a panel's file; a panel that is connected loses its connection at once. */
  #watchRevocations(): void {
    this.#watcher = watch(this.#folder.panelsFolder, () => {
      for (const panel of this.#panels) {
        if (panel.panelId === undefined || this.#folder.findPanel(panel.panelId) !== undefined) continue;
        panel.close(CLOSE_REVOKED, "revoked");
      }
    });
    this.#watcher.on("error", () => {});
  }
}
