import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { RecordRead, RemoteStore, RemoteWrite } from "../../../core/session/ports.ts";

/** A remote collection as another writer uses it: by key and value, each write a compare-and-set. */
export class RemoteRecords {
  readonly #remote: RemoteStore;
  readonly #digester = new Digester();

  constructor(remote: RemoteStore) {
    this.#remote = remote;
  }

  /** Undefined when the collection has no such record. */
  async get(key: unknown): Promise<unknown> {
    const { body } = await this.#read(key);
    return body === undefined ? undefined : decodeValue(body);
  }

  /** Adds or replaces. */
  put(key: unknown, value: unknown): Promise<void> {
    return this.#write(key, { body: encodeValue(value), digest: this.#digester.digest(value) });
  }

  delete(key: unknown): Promise<void> {
    return this.#write(key, "delete");
  }

  /** Every value, in key order. */
  async all(): Promise<unknown[]> {
    const values: unknown[] = [];
    for await (const batch of this.#remote.scan({})) {
      const keys = Array.from({ length: batch.count }, (_, i) =>
        batch.keys.bytes.subarray(i === 0 ? 0 : batch.keys.ends[i - 1], batch.keys.ends[i]),
      );
      for await (const chunk of this.#remote.read(keys)) {
        for (const { state, body } of chunk) {
          if (state === "present" && body !== undefined) values.push(decodeValue(body));
        }
      }
    }
    return values;
  }

  async #write(key: unknown, write: RemoteWrite["write"]): Promise<void> {
    const { token } = await this.#read(key);
    const operation = { opId: crypto.randomUUID(), key: encodeKey(key), expect: token ?? null, write };
    const [outcome] = await this.#remote.write([operation], { applyId: crypto.randomUUID() });
    if (outcome?.status !== "applied") throw new Error(`the backend answered ${JSON.stringify(outcome)}`);
  }

  async #read(key: unknown): Promise<RecordRead> {
    for await (const [record] of this.#remote.read([encodeKey(key)])) if (record) return record;
    throw new Error(`the backend did not answer for ${String(key)}`);
  }
}
