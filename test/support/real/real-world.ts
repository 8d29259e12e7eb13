import { AgentClient } from "../../../agent/client/agent-client.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { BridgeClient } from "../../../core/protocol/client/bridge-client.ts";
import type { BaseIdentity, LocalStore, RemoteStore } from "../../../core/session/ports.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { DexieBaseStore } from "../../../extension/local/base-store.ts";
import { agentSource } from "../agent/agent-source.ts";
import { ChromiumLab, type ChromiumLabPage } from "../agent/chromium-lab.ts";
import { appBody } from "../agent/lab-data.ts";
import { RemoteRecords } from "../bridge/remote-records.ts";
import { TestBridge } from "../bridge/test-bridge.ts";
import { inProcessLocks } from "../in-process-locks.ts";
import { memoryDatabases } from "../local-database.ts";

/** What a store of these tests holds: by key, which text. */
export type Texts = ReadonlyMap<number, string>;

/** A real page under the real agent, a real bridge with SQLite, and a panel's base: what the stores are made on. */
export class RealBed {
  readonly #bridge: TestBridge;
  readonly #page: ChromiumLabPage;
  readonly #lab: ChromiumLab;
  readonly #agent: AgentClient;
  readonly #client: BridgeClient;
  #stores = 0;

  private constructor(
    lab: ChromiumLab,
    page: ChromiumLabPage,
    agent: AgentClient,
    bridge: TestBridge,
    client: BridgeClient,
  ) {
    this.#lab = lab;
    this.#page = page;
    this.#agent = agent;
    this.#bridge = bridge;
    this.#client = client;
  }

  static async open(): Promise<RealBed> {
    const [lab, bridge] = await Promise.all([ChromiumLab.start(), TestBridge.start()]);
    const page = await lab.open("plain");
    const agent = await AgentClient.connect(page.evaluate, { source: await agentSource() });
    const { client } = await bridge.pair(bridge.pairing);
    return new RealBed(lab, page, agent, bridge, client);
  }

  /** A new database of the page and a new collection of the bridge, both empty. */
  newWorld(): Promise<RealWorld> {
    const name = `world${++this.#stores}`;
    const ends = { page: this.#page, agent: this.#agent, client: this.#client };
    return RealWorld.make({ ...ends, database: name, collection: name });
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  killBridge(): Promise<void> {
    return this.#bridge.kill();
  }

  /** A new process on the same data, and the client tries again now, as a panel's "Try now" does. */
  async restartBridge(): Promise<void> {
    await this.#bridge.run();
    await this.#client.reconnect();
  }

  async close(): Promise<void> {
    await this.#agent.close().catch(() => undefined);
    await this.#bridge.dispose();
    await this.#lab.close();
  }
}

export interface WorldEnds {
  readonly page: ChromiumLabPage;
  /** Of this page. */
  readonly agent: AgentClient;
  readonly client: BridgeClient;
  readonly database: string;
  /** Made when it is not there. */
  readonly collection: string;
}

/** One store of the page and its collection, with the writers that are not Driftscope. */
export class RealWorld {
  readonly local: LocalStore;
  readonly remote: RemoteStore;
  readonly #page: ChromiumLabPage;
  readonly #database: string;
  readonly #identity: BaseIdentity;
  readonly #panelStorage = memoryDatabases();
  readonly #others: RemoteRecords;

  private constructor(
    { page, database }: WorldEnds,
    local: LocalStore,
    remote: RemoteStore,
    identity: BaseIdentity,
  ) {
    this.#page = page;
    this.#database = database;
    this.local = local;
    this.remote = remote;
    this.#identity = identity;
    this.#others = new RemoteRecords(remote);
  }

  /** Makes the page's database, with one store without a key path. */
  static async make(ends: WorldEnds): Promise<RealWorld> {
    const { page, agent, client, database, collection } = ends;
    await page.app(
      appBody(`
        const db = await openAt(${JSON.stringify(database)}, 1, (db) => db.createObjectStore("items"));
        db.close();`),
    );
    const local = agent.store({ bucket: "", database, store: "items" });
    const remote = client.remoteStore("local", collection);
    const projectionId = "whole";
    const { incarnation } = await remote.init({
      collection,
      projectionId,
      localSchema: await local.describe(),
    });
    const identity = { incarnation, collection, scopeId: "all", projectionId, local: local.identity };
    return new RealWorld(ends, local, remote, identity);
  }

  /** As a panel that was just opened has them: nothing but what is stored is known. */
  async openPanel(): Promise<SessionPorts> {
    const base = await DexieBaseStore.open(this.#panelStorage.reopen(), this.#identity, {
      locks: inProcessLocks(),
      mappingName: this.#database,
    });
    return { local: this.local, remote: this.remote, base };
  }

  /** The page itself puts records, or deletes those without a text, in one transaction. */
  async writeLocal(texts: ReadonlyMap<number, string | undefined>): Promise<void> {
    const requests = [...texts].map(([key, text]) =>
      text === undefined ? `store.delete(${key});` : `store.put(${JSON.stringify({ text })}, ${key});`,
    );
    await this.#page.app(
      appBody(`
        const db = await openAt(${JSON.stringify(this.#database)});
        const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
        ${requests.join(" ")}
        await finished(tx);
        db.close();`),
    );
  }

  /** Another client of the bridge does; it tries again when somebody was faster. */
  async writeRemote(key: number, text: string | undefined): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (text !== undefined) return await this.#others.put(key, { text });
        if ((await this.#others.get(key)) === undefined) return;
        return await this.#others.delete(key);
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  }

  /** What the page finds in its store, without the agent. */
  async localTexts(): Promise<Texts> {
    const rows = await this.#page.app<[number, { text: string }][]>(
      appBody(`
        const db = await openAt(${JSON.stringify(this.#database)});
        const store = db.transaction("items").objectStore("items");
        const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
        db.close();
        return keys.map((key, i) => [key, values[i]]);`),
    );
    return new Map(rows.map(([key, { text }]) => [key, text]));
  }

  async remoteTexts(keys: number): Promise<Texts> {
    const texts = new Map<number, string>();
    for (let key = 0; key < keys; key++) {
      const value = (await this.#others.get(key)) as { text: string } | undefined;
      if (value) texts.set(key, value.text);
    }
    return texts;
  }

  /** How often each record was written there, from its version `<n>.<opId>`; 0 = never. */
  async remoteVersions(keys: number): Promise<readonly number[]> {
    const wanted = Array.from({ length: keys }, (_, key) => encodeKey(key));
    const versions: number[] = [];
    for await (const chunk of this.remote.read(wanted)) {
      versions.push(...chunk.map(({ token }) => Number.parseInt(token ?? "0", 10)));
    }
    return versions;
  }
}
