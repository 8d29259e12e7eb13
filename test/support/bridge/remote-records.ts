import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import type { RecordRead, RemoteStore, RemoteWrite, WriteOutcome } from "../../../core/session/ports.ts";

const WRITTEN_AT_ONCE = 1000;

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

  /** Adds or replaces many, each under its `id`, in one apply. */
  async putAll(values: readonly { readonly id: unknown }[]): Promise<void> {
    for (let from = 0; from < values.length; from += WRITTEN_AT_ONCE) {
      const some = values.slice(from, from + WRITTEN_AT_ONCE);
      const keys = some.map(({ id }) => encodeKey(id));
      const tokens = await this.#tokens(keys);
      const operations = some.map((value, i) => ({
        opId: crypto.randomUUID(),
        key: keys[i] as Uint8Array,
        expect: tokens[i] ?? null,
        write: { body: encodeValue(value), digest: this.#digester.digest(value) },
      }));
      mustApply(await this.#remote.write(operations, { applyId: crypto.randomUUID() }));
    }
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
    mustApply(await this.#remote.write([operation], { applyId: crypto.randomUUID() }));
  }

  async #tokens(keys: readonly Uint8Array[]): Promise<(string | undefined)[]> {
    const tokens: (string | undefined)[] = [];
    for await (const chunk of this.#remote.read(keys)) tokens.push(...chunk.map(({ token }) => token));
    return tokens;
  }

  async #read(key: unknown): Promise<RecordRead> {
    for await (const [record] of this.#remote.read([encodeKey(key)])) if (record) return record;
    throw new Error(`the backend did not answer for ${String(key)}`);
  }
}

function mustApply(outcomes: readonly WriteOutcome[]): void {
  const other = outcomes.find(({ status }) => status !== "applied");
  if (other) throw new Error(`the backend answered ${JSON.stringify(other)}`);
}
