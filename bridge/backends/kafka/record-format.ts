/**
 * A record of a collection in its topic.
 *
 *     key      the record's key bytes (core/key), or META_KEY
 *     value    {"driftscope":1,"state":"present","version":"2.<opId>","digest":"<hex>","prevOpId":"…","writer":"…","body":…}
 *     headers  driftscope-op: the operation's id; driftscope-base: the version that it replaces, absent where there was none;
 *              driftscope-state: as in the value
 *
 * `state` is "present", "deleted" (a tombstone of ours, with a version) or "absent" (nothing was ever there, and an
 * operation was fenced). Kafka's own tombstones, null values, are none of ours: compaction takes them away after
 * delete.retention.ms, and with them the version that tells a deletion from a record which was never there. A null that
 * somebody else has written is taken for what it does: it makes the topic forget the key.
 *
 * The value is JSON for whoever reads the topic (Connect, Flink, Spark), and the body in it is the record's own JSON, byte for
 * byte, as the last member; where a body is not plain JSON, it is `encoded`, a string of its text, or `bytes`, in base64.
 */
import { DIGEST_BYTES } from "../../../core/batch/entry-batch.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import type { BackendWrite } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { opIdOf } from "../shared/tokens.ts";
import type { FetchedRecord, OutgoingRecord } from "./client/kafka-cluster.ts";

const RECORD_FORMAT = 1;

/** Of the record that describes the collection. No key of a record begins so (core/key/key.ts). */
export const META_KEY: Uint8Array = new TextEncoder().encode("driftscope:collection");

/** Of a record beside its value and key, headers included, at most. */
export const RECORD_OVERHEAD_BYTES = 512;

/** A row of the materialization, but for its body's place in the log. */
export interface TopicRow {
  readonly key: Uint8Array;
  /** Empty where the value is not one of ours: such a row is unreadable. */
  readonly version: string;
  readonly digest: Uint8Array | null;
  readonly deleted: number;
  readonly opId: string;
  readonly prevOpId: string | null;
  readonly writer: string;
  readonly body: Uint8Array | null;
  readonly offset: number;
}

const STATES = { present: Deleted.no, deleted: Deleted.yes, absent: Deleted.neverThere } as const;
type State = keyof typeof STATES;

const utf8 = new TextEncoder();
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// ---- writing

export function toTopicRecord(
  { key, opId, expect, write }: BackendWrite,
  version: string,
  writer: string,
): OutgoingRecord {
  const state: State = write === "delete" ? "deleted" : write === "absent" ? "absent" : "present";
  const prevOpId = expect === null ? undefined : opIdOf(expect);
  const head = {
    driftscope: RECORD_FORMAT,
    state,
    version,
    ...(typeof write === "string" ? {} : { digest: toHex(write.digest) }),
    ...(prevOpId === undefined ? {} : { prevOpId }),
    writer,
  };
  const text = JSON.stringify(head);
  const value = typeof write === "string" ? utf8.encode(text) : withBody(text, write.body);
  const headers = {
    "driftscope-op": opId,
    ...(expect === null ? {} : { "driftscope-base": expect }),
    "driftscope-state": state,
  };
  return { key, value, headers };
}

function withBody(head: string, body: Uint8Array): Uint8Array {
  const open = head.slice(0, -1);
  if (isJson(body)) return Buffer.concat([utf8.encode(`${open}${BODY}`), body, CLOSE]);
  const text = textOf(body);
  const member =
    text === undefined
      ? `${BYTES}"${Buffer.from(body).toString("base64")}"`
      : `${ENCODED}${JSON.stringify(text)}`;
  return utf8.encode(`${open}${member}}`);
}

const BODY = ',"body":';
const ENCODED = ',"encoded":';
const BYTES = ',"bytes":';
const CLOSE = utf8.encode("}");

function isJson(body: Uint8Array): boolean {
  const text = textOf(body);
  if (text === undefined) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return strictText.decode(body);
  } catch {
    return undefined;
  }
}

// ---- reading

/** Undefined where the key is forgotten: Kafka's own tombstone. */
export function toTopicRow({ key, value, offset }: FetchedRecord): TopicRow | undefined {
  if (value === null) return undefined;
  const own = { key: key ?? new Uint8Array(0), offset };
  const { head, body } = splitValue(value);
  const deleted = STATES[head.state as State];
  if (head.driftscope !== RECORD_FORMAT || deleted === undefined || typeof head.version !== "string") {
    return {
      ...own,
      version: "",
      digest: null,
      deleted: Deleted.no,
      opId: "",
      prevOpId: null,
      writer: "",
      body,
    };
  }
  return {
    ...own,
    version: isBindable(head.version) ? head.version : "",
    digest: digestOf(head.digest),
    deleted,
    opId: opIdOf(head.version) ?? "",
    prevOpId: isBindable(head.prevOpId) ? head.prevOpId : null,
    writer: isBindable(head.writer) ? head.writer : "",
    body,
  };
}

/** What SQLite takes as a text. */
const isBindable = (text: unknown): text is string =>
  typeof text === "string" && text.isWellFormed() && !text.includes("\0");

function digestOf(hex: unknown): Uint8Array | null {
  if (typeof hex !== "string" || !/^[0-9a-f]*$/.test(hex) || hex.length !== 2 * DIGEST_BYTES) return null;
  return fromHex(hex);
}

interface Split {
  readonly head: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array | null;
}

/** Where the member is found in what we write: to search in a short string is quicker than in the whole value. */
const HEAD_BYTES = 512;

const UNREADABLE: Split = { head: {}, body: null };

/**
 * Inside a JSON string every quote has a backslash before it, so the first of the three names that is there is the
 * member: its content is what follows, up to the last brace.
 */
function splitValue(value: Uint8Array): Split {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  try {
    const first = firstMember(bytes.toString("latin1", 0, HEAD_BYTES)) ?? firstMember(bytes);
    if (first === undefined) return { head: parsed(bytes.toString("utf8")), body: null };
    const { member, at } = first;
    const content = bytes.subarray(at + member.length, bytes.length - 1);
    return { head: parsed(`${bytes.toString("utf8", 0, at)}}`), body: bodyOf(member, content) };
  } catch {
    return UNREADABLE;
  }
}

/** Bytes and characters of latin1 are the same in number. */
function firstMember(value: {
  indexOf(member: string): number;
}): { readonly member: string; readonly at: number } | undefined {
  let first: { readonly member: string; readonly at: number } | undefined;
  for (const member of [BODY, ENCODED, BYTES]) {
    const at = value.indexOf(member);
    if (at >= 0 && (first === undefined || at < first.at)) first = { member, at };
  }
  return first;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function bodyOf(member: string, content: Buffer): Uint8Array | null {
  if (member === BODY) return content;
  const text: unknown = JSON.parse(content.toString("utf8"));
  if (typeof text !== "string") return null;
  return Buffer.from(text, member === ENCODED ? "utf8" : "base64");
}
