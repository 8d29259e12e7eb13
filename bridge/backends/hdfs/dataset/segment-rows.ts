/**
 * A record as a line of a segment: NDJSON that Spark, Hive or pyarrow read without us.
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
import { keyToJson } from "../../../../core/key/key-json.ts";
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

const VALUE = Buffer.from(',"value":');
const ENCODED = Buffer.from(',"encoded":');
const END = Buffer.from("}\n");
const HASH = 0x23;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The line, in pieces. */
export function rowPieces({
  key,
  state,
  token,
  digest,
  prevOpId,
  writer,
  body,
}: SegmentRow): readonly Uint8Array[] {
  const envelope = JSON.stringify({
    key: toHex(key),
    id: keyToJson(decodeKey(key)),
    state: STATE_NAMES.get(state),
    version: token,
    ...(digest === undefined ? {} : { digest: toHex(digest) }),
    ...(prevOpId === undefined ? {} : { prevOpId }),
    writer,
  });
  const open = Buffer.from(envelope.slice(0, -1));
  if (body === undefined) return [open, END];
  if (isPlainJson(body)) return [open, VALUE, body, END];
  return [open, ENCODED, Buffer.from(JSON.stringify(utf8.decode(body))), END];
}

/** The bridge passes bodies on without reading them: what a panel sent may be anything. */
function isPlainJson(body: Uint8Array): boolean {
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
  encoded: v.exactOptional(v.string()),
});

/** @param line Without its end. @throws ProtocolError "corrupt" */
export function recordOfLine(line: Buffer): BackendRecord {
  // Within a JSON text the quotes would have a backslash in front.
  const at = line.indexOf(VALUE);
  const envelope = at === -1 ? line.toString() : `${line.toString("utf8", 0, at)}}`;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), EnvelopeSchema), envelope);
  if (!parsed.success) throw notOurs();
  const { key, state, version: token, digest, prevOpId, encoded } = parsed.output;
  const head = { key: fromHex(key), token, ...(prevOpId === undefined ? {} : { prevOpId }) };
  if (state !== "present") return { ...head, state };
  const body = at === -1 ? bodyOf(encoded) : line.subarray(at + VALUE.length, -1);
  if (digest === undefined) throw notOurs();
  return { ...head, state, digest: fromHex(digest), body };
}

function bodyOf(encoded: string | undefined): Uint8Array {
  if (encoded === undefined) throw notOurs();
  return Buffer.from(encoded);
}

const notOurs = (): ProtocolError =>
  new ProtocolError("corrupt", "A line of a segment is not one that Driftscope writes.");
