/** The bridge's end: a backend that runs in a child process. */
import { packBytes } from "../../../core/protocol/wire-column.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import type {
  BackendCapabilities,
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendScan,
  BackendWrite,
  EncodedEntries,
  RemoteBackend,
} from "../backend.ts";
import { packWriteList, unpackOutcomeList, unpackRecordList } from "./child-messages.ts";
import type { SupervisedChild } from "./child-process.ts";

export class ChildBackend implements RemoteBackend {
  readonly capabilities: BackendCapabilities;
  readonly #child: SupervisedChild;

  constructor(child: SupervisedChild, capabilities: BackendCapabilities) {
    this.#child = child;
    this.capabilities = capabilities;
  }

  collections(): Promise<{ name: string; count: number }[]> {
    return this.#child.request({ op: "collections" });
  }

  collection(name: string): BackendCollection {
    return new ChildCollection(this.#child, name);
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}

class ChildCollection implements BackendCollection {
  readonly #child: SupervisedChild;
  readonly #name: string;

  constructor(child: SupervisedChild, name: string) {
    this.#child = child;
    this.#name = name;
  }

  meta(): Promise<CollectionMeta | undefined> {
    return this.#child.request({ op: "meta", collection: this.#name });
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return this.#child.request({ op: "init", collection: this.#name, init });
  }

  scan(range: BackendScan, signal: AbortSignal): AsyncIterable<EncodedEntries> {
    return this.#child.stream({ op: "scan", collection: this.#name, range }, signal);
  }

  lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    return this.#child.request({
      op: "lookup",
      collection: this.#name,
      keys: packBytes(keys),
      count: keys.length,
    });
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const request = {
      op: "read" as const,
      collection: this.#name,
      keys: packBytes(keys),
      count: keys.length,
    };
    for await (const list of this.#child.stream(request, signal)) yield unpackRecordList(list);
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    const writes = packWriteList(operations);
    const list = await this.#child.request({ op: "write", collection: this.#name, writes, writer });
    return unpackOutcomeList(list);
  }

  async *changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    const checkpoint = yield* this.#child.stream({ op: "changes", collection: this.#name, since }, signal);
    return checkpoint ?? since;
  }
}
