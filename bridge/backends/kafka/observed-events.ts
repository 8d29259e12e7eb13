/**
 * What was seen in a page and accepted by nobody, as events of a topic of their own, for Connect, Flink, Spark or any other consumer.
 *
 *     key      {"collection":"todos","key":<the record's key>}; of a gap {"collection":"todos"}
 *     value    {"schema":"driftscope.observed/1","collection":"todos","key":<…>,"base":"1.<opId>","writer":"…","seenAt":<milliseconds
 *              since 1970>,"body":<the record>}, in place of the body a "reason" where it is withheld; null for a deletion
 *     headers  driftscope-op: the event's own id, the same whenever it is told again; driftscope-base: the version that was last
 *              known equal on both sides, absent where there was none; driftscope-state: "seen", "seen-deleted", "seen-withheld"
 *              or "seen-gap", none of which an accepted write has
 *
 * Keys and partitions are those of the events of accepted writes.
 */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import type { ObservedChange, ObservedState } from "../../../core/protocol/observed-columns.ts";
import type { ObservedBatch } from "../backend.ts";
import type { OutgoingRecord } from "./client/kafka-cluster.ts";
import { jsonMember } from "./json-member.ts";

const SCHEMA = "driftscope.observed/1";

const STATE_WORDS: Readonly<Record<ObservedState, string>> = {
  present: "seen",
  deleted: "seen-deleted",
  withheld: "seen-withheld",
  gap: "seen-gap",
};

const text = new TextDecoder();
const utf8 = new TextEncoder();

export function toObservedEvent(
  change: ObservedChange,
  batch: Omit<ObservedBatch, "changes">,
): OutgoingRecord {
  const { opId, key, base, state } = change;
  const collection = `"collection":${JSON.stringify(batch.collection)}`;
  const named =
    state === "gap" ? collection : `${collection},${jsonMember("key", encodeValue(decodeKey(key)))}`;
  const headers = {
    "driftscope-op": opId,
    ...(base === null ? {} : { "driftscope-base": base }),
    "driftscope-state": STATE_WORDS[state],
  };
  if (state === "deleted") return { key: utf8.encode(`{${named}}`), value: null, headers };
  const said = text.decode(change.text);
  const members = [
    `"schema":${JSON.stringify(SCHEMA)}`,
    named,
    `"base":${JSON.stringify(base)}`,
    `"writer":${JSON.stringify(batch.writer)}`,
    `"seenAt":${batch.at}`,
    state === "present" ? jsonMember("body", said) : `"reason":${JSON.stringify(said)}`,
  ];
  return { key: utf8.encode(`{${named}}`), value: utf8.encode(`{${members.join()}}`), headers };
}
