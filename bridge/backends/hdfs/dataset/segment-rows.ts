/**
 * A record as a line of a segment: NDJSON that Spark, Hive or pyarrow read without us. In Parquet the same names are columns
 * (parquet-columns.ts).
 *
 *     {"key":"30…00","id":"a","state":"present","version":"2.<opId>","digest":"<32 digits>","prevOpId":"…","writer":"…","value":{…}}
 *
 * `key` is the record's key as bytes in the order of keys, in hexadecimal; `id` the same for people, as core/key/key-json.ts
 * has it. `state` is present, deleted (a tombstone) or absent (what a fence leaves). A value that plain JSON holds is `value`;
 * any other is the text of core/codec, as `encoded`. Whichever it is stands last, so that its bytes are taken over as they are.
 */
import * as v from "valibot";
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import { decodeKey } from "../../../../core/key/decode-key.ts";
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import { type KeyJson, keyToJson } from "../../../../core/key/key-json.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { BackendRecord } from "../../backend.ts";
import type { RowHead } from "../../shared/document-rows.ts";

export interface SegmentRow extends RowHead {
  readonly prevOpId?: string | undefined;
  readonly writer: string;
  /** Set when present. */
  readonly body?: Uint8Array | undefined;
}

const STATE_NAMES = new Map<EntryState, "present" | "deleted" | "absent">([
  [EntryState.present, "present"],
  [EntryState.deleted, "deleted"],
  [EntryState.absent, "absent"],
]);
const STATES = new Map<string | undefined, EntryState>(
  [...STATE_NAMES].map(([state, name]) => [name, state]),
);

/** A row's head in words. */
export interface RowWords {
  /** Hexadecimal. */
  readonly key: string;
  readonly state: string | undefined;
  readonly version: string;
  /** Hexadecimal. */
  readonly digest?: string | undefined;
  readonly prevOpId?: string | undefined;
  readonly writer: string;
}

const VALUE = Buffer.from(',"value":');
const ENCODED = Buffer.from(',"encoded":');
const END = Buffer.from("}\n");
const HASH = 0x23;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const wordsOf = ({ key, state, token, digest, prevOpId, writer }: SegmentRow): RowWords => ({
  key: toHex(key),
  state: STATE_NAMES.get(state),
  version: token,
  ...(digest === undefined ? {} : { digest: toHex(digest) }),
  ...(prevOpId === undefined ? {} : { prevOpId }),
  writer,
});

/** @throws ProtocolError "corrupt" for words that no row gives */
export function rowOf(words: RowWords, body: Uint8Array | undefined): SegmentRow {
  const { version: token, prevOpId, writer } = words;
  const state = STATES.get(words.state);
  if (state === undefined) throw notOurs();
  const head = { key: fromHex(words.key), state, token, prevOpId, writer };
  if (state !== EntryState.present) return head;
  if (words.digest === undefined || body === undefined) throw notOurs();
  return { ...head, digest: fromHex(words.digest), body };
}

/** @throws ProtocolError "corrupt" */
export function recordOf({ key, state, token, digest, prevOpId, body }: SegmentRow): BackendRecord {
  const head = { key, token, ...(prevOpId === undefined ? {} : { prevOpId }) };
  if (state === EntryState.deleted) return { ...head, state: "deleted" };
  if (state === EntryState.absent) return { ...head, state: "absent" };
  if (digest === undefined || body === undefined) throw notOurs();
  return { ...head, state: "present", digest, body };
}

/** The key for people, as JSON. */
export const idOf = (key: Uint8Array): KeyJson => keyToJson(decodeKey(key));

/** The line, in pieces. */
export function rowPieces(row: SegmentRow): readonly Uint8Array[] {
  const { key, ...words } = wordsOf(row);
  const open = Buffer.from(JSON.stringify({ key, id: idOf(row.key), ...words }).slice(0, -1));
  const { body } = row;
  if (body === undefined) return [open, END];
  if (isPlainJson(body)) return [open, VALUE, body, END];
  return [open, ENCODED, Buffer.from(JSON.stringify(encodedText(body))), END];
}

/** Of a body that is no plain JSON. @throws TypeError where it is no UTF-8 */
export const encodedText = (body: Uint8Array): string => utf8.decode(body);

/** The bridge passes bodies on without reading them: what a panel sent may be anything. */
export function isPlainJson(body: Uint8Array): boolean {
  if (body[0] === HASH || body.includes(LINE_FEED) || body.includes(CARRIAGE_RETURN)) return false;
  try {
    JSON.parse(utf8.decode(body));
    return true;
  } catch {
    return false;
  }
}

const EnvelopeSchema = v.object({
  key: v.pipe(v.string(), v.hexadecimal()),
  state: v.picklist(["present", "deleted", "absent"]),
  version: v.string(),
  digest: v.exactOptional(v.pipe(v.string(), v.hexadecimal())),
  prevOpId: v.exactOptional(v.string()),
  writer: v.string(),
  encoded: v.exactOptional(v.string()),
});

/** @param line Without its end. @throws ProtocolError "corrupt" */
export function rowOfLine(line: Buffer): SegmentRow {
  // Within a JSON text the quotes would have a backslash in front.
  const at = line.indexOf(VALUE);
  const envelope = at === -1 ? line.toString() : `${line.toString("utf8", 0, at)}}`;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), EnvelopeSchema), envelope);
  if (!parsed.success) throw notOurs();
  const { encoded, ...words } = parsed.output;
  if (at !== -1) return rowOf(words, line.subarray(at + VALUE.length, -1));
  return rowOf(words, encoded === undefined ? undefined : Buffer.from(encoded));
}

const notOurs = (): ProtocolError =>
  new ProtocolError("corrupt", "A row of a segment is not one that Driftscope writes.");
