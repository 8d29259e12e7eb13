/** What each operation of an apply found and left, as both journals tell: of records that were absent, a few bytes. */
import { DIGEST_BYTES } from "../batch/entry-batch.ts";
import { type OperationList, type PackedOperations, packList } from "./operation-list.ts";
import type { LocalJournalEntry, Preimage, RecordPut, RecordRead } from "./ports.ts";
import { TokenColumn } from "./token-column.ts";

export type RemoteImage = Pick<Preimage, "token"> & { readonly before: Omit<RecordRead, "key"> };
export type LocalImage = Pick<LocalJournalEntry, "opId" | "before" | "after">;

const NOTHING: RemoteImage["before"] = { state: "absent" };

/** Of the remote, by the operation's id. The first one of an operation is from before it ran for the first time. */
export class RemoteImages {
  readonly #operations: PackedOperations;
  /** 1 where an image is known. */
  readonly #known: Uint8Array;
  readonly #tokens: TokenColumn;
  /** Of images that are more than a token over nothing. */
  readonly #more = new Map<number, RemoteImage>();

  constructor(operations: OperationList) {
    this.#operations = packList(operations);
    this.#known = new Uint8Array(operations.length);
    this.#tokens = new TokenColumn(operations.length);
  }

  add({ opId, before, token }: Preimage): void {
    const index = this.#operations.indexOfId(opId);
    if (index === undefined || this.#known[index] === 1) return;
    this.#known[index] = 1;
    const { key: _key, ...found } = before;
    const isNothing = found.state === "absent" && Object.keys(found).length === 1;
    if (isNothing && this.#tokens.set(index, token, opId)) return;
    this.#more.set(index, token === undefined ? { before: found } : { before: found, token });
  }

  get(opId: string): RemoteImage | undefined {
    const index = this.#operations.indexOfId(opId);
    if (index === undefined || this.#known[index] !== 1) return undefined;
    const more = this.#more.get(index);
    if (more !== undefined) return more;
    const token = this.#tokens.get(index, opId);
    return token === undefined ? { before: NOTHING } : { before: NOTHING, token };
  }
}

const WRITTEN = 1;
const DELETED = 2;

/** Of the page, by the operation's id; likewise. */
export class LocalImages {
  readonly #operations: PackedOperations;
  /** What the operation left; 0 where no image is known. */
  readonly #afters: Uint8Array;
  readonly #digests: Uint8Array;
  /** What there was before; absent where there was nothing. */
  readonly #befores = new Map<number, RecordPut>();

  constructor(operations: OperationList) {
    this.#operations = packList(operations);
    this.#afters = new Uint8Array(operations.length);
    this.#digests = new Uint8Array(operations.length * DIGEST_BYTES);
  }

  add({ opId, before, after }: LocalJournalEntry): void {
    const index = this.#operations.indexOfId(opId);
    if (index === undefined || this.#afters[index] !== 0) return;
    this.#afters[index] = after ? WRITTEN : DELETED;
    if (after) this.#digests.set(after, index * DIGEST_BYTES);
    if (before) this.#befores.set(index, before);
  }

  get(opId: string): LocalImage | undefined {
    const index = this.#operations.indexOfId(opId);
    const left = index === undefined ? 0 : this.#afters[index];
    if (index === undefined || !left) return undefined;
    const at = index * DIGEST_BYTES;
    const after = left === WRITTEN ? this.#digests.slice(at, at + DIGEST_BYTES) : null;
    return { opId, before: this.#befores.get(index) ?? null, after };
  }
}
