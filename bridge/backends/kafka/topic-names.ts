/**
 * Topics of collections: `<prefix>.<name>`, where the name's letters, digits and hyphens are as they are, and any other
 * byte of its UTF-8 is `_` with two hexadecimal digits. What would be too long for a topic is `<prefix>..<SHA-256>`: then its
 * description alone says the name. The transactional.id of a collection is its topic's name, so that one rule of
 * access by prefix covers both.
 */
import { createHash } from "node:crypto";

/** A topic's name has at most 249 characters. */
const MAX_NAME = 180;

const PLAIN = /[A-Za-z0-9-]/;
const ENCODED = /^(?:[A-Za-z0-9-]|_[0-9a-f]{2})+$/;

export function topicName(prefix: string, collection: string): string {
  const bytes = Buffer.from(collection, "utf8");
  const encoded = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `_${byte.toString(16).padStart(2, "0")}`;
  }).join("");
  if (encoded.length <= MAX_NAME) return `${prefix}.${encoded}`;
  return `${prefix}..${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Undefined for a topic that is not one of a collection of this prefix; `null` where its description says the name. */
export function collectionOf(prefix: string, topic: string): string | null | undefined {
  if (!topic.startsWith(`${prefix}.`)) return undefined;
  const encoded = topic.slice(prefix.length + 1);
  if (/^\.[0-9a-f]{64}$/.test(encoded)) return null;
  if (!ENCODED.test(encoded)) return undefined;
  const bytes = encoded.match(/_[0-9a-f]{2}|./g)?.map((part) => {
    return part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0);
  });
  const name = Buffer.from(bytes ?? []).toString("utf8");
  // What is not what we would write was not written by us.
  return topicName(prefix, name) === topic ? name : undefined;
}
