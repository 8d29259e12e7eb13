/** All bases that this browser keeps, of any page: how large they are, and what a person can do with one. */
import { importBase, readBaseFileHead } from "../../../../core/base-file/read-base-file.ts";
import { writeBaseFile } from "../../../../core/base-file/write-base-file.ts";
import type { BaseIdentity } from "../../../../core/session/ports.ts";
import { DexieBaseStore } from "../../../local/base-store.ts";
import { listBases } from "../../../local/list-bases.ts";
import type { BaseInfo } from "../api.ts";
import { PanelError } from "../panel-error.ts";
import { toWorkerError } from "../rpc.ts";
import type { PanelStorage } from "./open-mapping.ts";

/** A Blob of parts lies on the disk; a string of all of them would lie in memory. */
const UNITS_PER_PART = 4 * 1024 * 1024;

export class Bases {
  readonly #storage: PanelStorage;

  constructor(storage: PanelStorage) {
    this.#storage = storage;
  }

  async list(): Promise<readonly BaseInfo[]> {
    const infos: BaseInfo[] = [];
    for (const { hash, identity } of await listBases(this.#storage.database)) {
      const store = await this.#open(identity);
      const size = await store.size();
      const { storageKey, database, store: storeName } = identity.local;
      const about = {
        id: hash,
        storageKey,
        database,
        store: storeName,
        collection: identity.collection,
        ...size,
      };
      try {
        const completeAt = await store.completeAt();
        infos.push({ ...about, ...(completeAt === undefined ? {} : { completeAt }) });
      } catch (error) {
        infos.push({ ...about, problem: toWorkerError(error) });
      }
    }
    return infos;
  }

  /** The file's content, see core/base-file. What does not decode is counted in its last line. */
  async export(id: string): Promise<Blob> {
    const { identity, store } = await this.#find(id);
    // A base of a later version tells neither; what can be read of it is still the person's.
    const [completeAt, known] = await Promise.all([
      store.completeAt().catch(() => undefined),
      store.knownSides().catch(() => undefined),
    ]);
    const head = {
      identity,
      ...(completeAt === undefined ? {} : { completeAt }),
      ...(known ? { known } : {}),
    };
    const parts: Blob[] = [];
    let text = "";
    for await (const lines of writeBaseFile(head, store.salvage())) {
      text += lines;
      if (text.length < UNITS_PER_PART) continue;
      parts.push(new Blob([text]));
      text = "";
    }
    return new Blob([...parts, text], { type: "application/x-ndjson" });
  }

  /** @throws BaseFileError; PanelError "no-such-base" when this browser knows no mapping of that identity. */
  async import(file: Blob): Promise<{ readonly id: string; readonly entries: number }> {
    const source = () => textOf(file);
    const { identity } = await readBaseFileHead(source);
    const wanted = JSON.stringify(identity.local);
    const known = (await listBases(this.#storage.database)).find(
      (row) =>
        row.identity.incarnation === identity.incarnation &&
        row.identity.collection === identity.collection &&
        row.identity.scopeId === identity.scopeId &&
        row.identity.projectionId === identity.projectionId &&
        JSON.stringify(row.identity.local) === wanted,
    );
    if (known === undefined) {
      throw new PanelError(
        "no-such-base",
        `This file is the base of ${identity.local.database}/${identity.local.store} of ${identity.local.storageKey} with the collection "${identity.collection}", in an incarnation that this panel has no mapping with. Map that store first. Nothing was changed.`,
      );
    }
    const store = await this.#open(known.identity);
    return { id: known.hash, entries: await importBase(source, store, () => store.discardBase()) };
  }

  async discard(id: string): Promise<void> {
    await (await this.#find(id)).store.discardBase();
  }

  /** With its journal and plans: nothing of it can be undone any more. */
  async forget(id: string): Promise<void> {
    await (await this.#find(id)).store.forget();
  }

  /** By the limits as they are now. */
  async prune(): Promise<void> {
    for (const { identity } of await listBases(this.#storage.database)) {
      await (await this.#open(identity)).prune();
    }
  }

  /** Deflates what was written lately, while nothing else is to be done. */
  async deflate(signal: AbortSignal): Promise<void> {
    for (const { identity } of await listBases(this.#storage.database)) {
      await (await this.#open(identity)).deflate(signal);
    }
  }

  async #find(id: string): Promise<{ identity: BaseIdentity; store: DexieBaseStore }> {
    const row = (await listBases(this.#storage.database)).find(({ hash }) => hash === id);
    if (row === undefined) {
      throw new PanelError(
        "no-such-base",
        "This base is gone already. Open Settings again to see what is kept.",
      );
    }
    return { identity: row.identity, store: await this.#open(row.identity) };
  }

  async #open(identity: BaseIdentity): Promise<DexieBaseStore> {
    const { database, locks } = this.#storage;
    const mappingName = `${identity.local.database}/${identity.local.store} ⇄ ${identity.collection}`;
    return DexieBaseStore.open(database, identity, {
      locks,
      mappingName,
      ...(await this.#storage.baseOptions()),
    });
  }
}

async function* textOf(file: Blob): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}
