/**
 * Accepted writes as events of a topic of somebody's choice, for Connect, Flink, Spark or any other consumer.
 *
 *     key      {"collection":"todos","key":<the record's key>}
 *     value    {"schema":"driftscope.change/1","collection":"todos","key":<…>,"version":"2.<opId>","base":"1.<opId>",
 *              "writer":"…","body":<the record>}; null for a deletion, as consumers of changes take it
 *     headers  driftscope-op: the operation's id; driftscope-base: the version before it, absent where there was none;
 *              driftscope-version: the version that it gave; driftscope-state: "present" or "deleted"
 *
 * `key` and `body` are JSON where that can hold them; where it cannot (a Date, bytes, a Map), their text (core/codec) is
 * `encodedKey` and `encodedBody`. Events of a key lie in one partition, chosen as Kafka's own producers do, in the order of
 * its versions. They are part of the transaction that writes the record: who reads committed events sees one if
 * and only if its write was accepted, and once.
 */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import type { BackendWrite } from "../backend.ts";
import type { OutgoingRecord } from "./client/kafka-cluster.ts";
import { jsonMember } from "./json-member.ts";

const SCHEMA = "driftscope.change/1";

const text = new TextDecoder();
const utf8 = new TextEncoder();

/** Undefined for what changes nothing that anybody sees: a fence. */
export function toStreamEvent(
  { key, opId, expect, write }: BackendWrite,
  version: string,
  writer: string,
  collection: string,
): OutgoingRecord | undefined {
  if (write === "absent") return undefined;
  const named = `"collection":${JSON.stringify(collection)},${jsonMember("key", encodeValue(decodeKey(key)))}`;
  const headers = {
    "driftscope-op": opId,
    ...(expect === null ? {} : { "driftscope-base": expect }),
    "driftscope-version": version,
    "driftscope-state": write === "delete" ? "deleted" : "present",
  };
  if (write === "delete") return { key: utf8.encode(`{${named}}`), value: null, headers };
  const head = `"schema":${JSON.stringify(SCHEMA)},${named},"version":${JSON.stringify(version)}`;
  const history = `"base":${JSON.stringify(expect)},"writer":${JSON.stringify(writer)}`;
  const value = utf8.encode(`{${head},${history},${jsonMember("body", text.decode(write.body))}}`);
  return { key: utf8.encode(`{${named}}`), value, headers };
}
