import { DIGEST_BYTES } from "../batch/entry-batch.ts";
import { compareBytes } from "../key/compare-bytes.ts";
import { fromHex } from "../key/hex.ts";
import type { KnownSides } from "../session/known-sides.ts";
import type { BaseEntry, BaseIdentity, BaseStore } from "../session/ports.ts";
import { BASE_FILE_FORMAT, BaseFileError, type BaseFileHead, STATES } from "./base-file.ts";

const ENTRIES_PER_WRITE = 4000;
/** Longer than any record that can be synced; what has no line's end until then is no base. */
const MAX_LINE_UNITS = 600 * 1024 * 1024;

/** A file that can be read more than once, as text in parts of any size. */
export type BaseFileSource = () => AsyncIterable<string>;

/** What the first line tells. @throws BaseFileError "malformed-file" or "newer-file" */
export async function readBaseFileHead(source: BaseFileSource): Promise<BaseFileHead> {
  for await (const text of linesOf(source())) return headOf(parse(text, 1));
  throw malformed(1, "it is empty");
}

/**
 * Puts a file's base in the place of the store's. The whole file is read and checked before anything is written;
 * a crash in between leaves a base that is not complete, which says less and nothing wrong.
 *
 * @param discard Empties the store's base.
 * @returns How many entries were written.
 * @throws BaseFileError; what the store throws.
 */
export async function importBase(
  source: BaseFileSource,
  store: BaseStore,
  discard: () => Promise<void>,
): Promise<number> {
  const head = await checkFile(source, store.identity);
  await discard();
  let entries = 0;
  let window: BaseEntry[] = [];
  for await (const entry of entriesIn(source)) {
    window.push(entry);
    entries++;
    if (window.length < ENTRIES_PER_WRITE) continue;
    await store.write(window);
    window = [];
  }
  if (window.length > 0) await store.write(window);
  if (head.known) await store.setKnownSides(head.known);
  if (head.completeAt !== undefined) await store.setCompleteAt(head.completeAt);
  return entries;
}

async function checkFile(source: BaseFileSource, identity: BaseIdentity): Promise<BaseFileHead> {
  const head = await readBaseFileHead(source);
  if (JSON.stringify(ordered(head.identity)) !== JSON.stringify(ordered(identity))) {
    const { local, collection } = head.identity;
    throw new BaseFileError(
      "other-base",
      `This file is the base of ${local.database}/${local.store} of ${local.storageKey} with the collection "${collection}", or of another incarnation of it: it says nothing about this mapping. Nothing was changed.`,
    );
  }
  let last: Uint8Array | undefined;
  for await (const { key } of entriesIn(source)) {
    if (last && compareBytes(last, key) >= 0) {
      throw new BaseFileError("malformed-file", "The file's keys do not ascend. Nothing was changed.");
    }
    last = key;
  }
  return head;
}

/** Every entry, and at the end the proof that they are all. */
async function* entriesIn(source: BaseFileSource): AsyncGenerator<BaseEntry> {
  let number = 0;
  let entries = 0;
  let isWhole = false;
  for await (const text of linesOf(source())) {
    number++;
    if (number === 1) continue;
    if (isWhole) throw malformed(number, "it comes after the end");
    const value = parse(text, number);
    if (value.end === true) {
      if (typeof value.damaged === "number" && value.damaged > 0) throw incomplete(value.damaged);
      if (value.entries !== entries) throw malformed(number, "it tells another number of entries");
      isWhole = true;
      continue;
    }
    entries++;
    yield entryOf(value, number);
  }
  if (!isWhole) throw malformed(number + 1, "the file is cut off before its end");
}

function headOf(value: Record<string, unknown>): BaseFileHead {
  if (value.driftscope !== "base") throw malformed(1, "it is not the head of a base");
  if (typeof value.format === "number" && value.format > BASE_FILE_FORMAT) {
    throw new BaseFileError(
      "newer-file",
      `This file was written by a later version of Driftscope (format ${value.format}): update this one. Nothing was changed.`,
    );
  }
  const { identity, completeAt, known } = value;
  if (!isIdentity(identity)) throw malformed(1, "it does not tell whose base it is");
  return {
    identity,
    ...(typeof completeAt === "number" ? { completeAt } : {}),
    ...(isKnown(known) ? { known } : {}),
  };
}

function entryOf(value: Record<string, unknown>, number: number): BaseEntry {
  const { key, state, digest, token, body } = value;
  const bytes = hex(key);
  if (bytes === undefined || bytes.length === 0) throw malformed(number, "its key is not hexadecimal");
  if (typeof state !== "string" || !STATES.has(state)) throw malformed(number, "its state is not known");
  const isPresent = state === "present";
  const digestBytes = digest === undefined ? undefined : hex(digest);
  if (isPresent !== (digestBytes?.length === DIGEST_BYTES) || (digest !== undefined && !isPresent)) {
    throw malformed(number, "its digest does not belong to its state");
  }
  if (token !== undefined && typeof token !== "string") throw malformed(number, "its token is no text");
  if (body !== undefined && (typeof body !== "string" || !isPresent))
    throw malformed(number, "its body is wrong");
  return {
    key: bytes,
    state: state as BaseEntry["state"],
    ...(digestBytes ? { digest: digestBytes } : {}),
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  };
}

function isIdentity(value: unknown): value is BaseIdentity {
  if (!isObject(value) || !isObject(value.local)) return false;
  const { local } = value;
  return (
    ["incarnation", "collection", "scopeId", "projectionId"].every(
      (name) => typeof value[name] === "string",
    ) && ["storageKey", "bucket", "database", "store"].every((name) => typeof local[name] === "string")
  );
}

function isKnown(value: unknown): value is KnownSides {
  return (
    isObject(value) && typeof value.databaseVersion === "number" && typeof value.autoIncrement === "boolean"
  );
}

function ordered({ incarnation, collection, scopeId, projectionId, local }: BaseIdentity): readonly string[] {
  const { storageKey, bucket, database, store } = local;
  return [incarnation, collection, scopeId, projectionId, storageKey, bucket, database, store];
}

function hex(value: unknown): Uint8Array | undefined {
  return typeof value === "string" && /^(?:[0-9a-f]{2})*$/.test(value) ? fromHex(value) : undefined;
}

function parse(text: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(number, "it is not JSON");
  }
  if (!isObject(value)) throw malformed(number, "it is no object");
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function* linesOf(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of parts) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_UNITS) throw malformed(1, "it has no end");
    yield* lines.filter((text) => text !== "");
  }
  if (rest !== "") yield rest;
}

function malformed(number: number, what: string): BaseFileError {
  return new BaseFileError(
    "malformed-file",
    `Line ${number} of this file is not what a base's file has there: ${what}. Nothing was changed.`,
  );
}

function incomplete(damaged: number): BaseFileError {
  return new BaseFileError(
    "incomplete-file",
    `${damaged} parts of this base were damaged when it was exported: what they held would pass for absent. It can be read, not imported. Nothing was changed; compare without a base instead.`,
  );
}
