/**
 * Records on their way out of the page, without their keys, which the client knows.
 *
 * `<entry>,<entry>,…;<digests, base64>;<texts>`. An entry is "a" (absent), "p<body>" or
 * "p<body>.<rest>" (present), "b<body>.<why>"
 * (present, but must not be overwritten), "n<body>.<why>" (not representable) or "u<why>" (unreadable), where
 * <body> and <why> are lengths of texts.
 * Lengths in front and texts behind: the client cuts strings and never parses a body.
 */
import { DIGEST_BYTES } from "../../core/batch/entry-batch.ts";
import type { RecordRead } from "../../core/session/ports.ts";
import { fromBase64, toBase64 } from "./base64.ts";

/** What the engine knows of one record. */
export type RecordSlot =
  | { readonly state: "absent" }
  | { readonly state: "unreadable"; readonly reason: string }
  | { readonly state: "notRepresentable"; readonly reason: string; readonly body: string }
  | {
      readonly state: "present";
      readonly digest: Uint8Array;
      readonly body: string;
      readonly blocked?: string;
      /** The value text of what the projection leaves out. */
      readonly rest?: string;
    };

export function encodeRecordChunk(slots: readonly RecordSlot[]): string {
  const entries: string[] = [];
  const texts: string[] = [];
  const digests = new Uint8Array(slots.length * DIGEST_BYTES);
  let present = 0;
  for (const slot of slots) {
    if (slot.state === "absent") {
      entries.push("a");
    } else if (slot.state === "unreadable") {
      entries.push(`u${slot.reason.length}`);
      texts.push(slot.reason);
    } else if (slot.state === "notRepresentable") {
      entries.push(`n${slot.body.length}.${slot.reason.length}`);
      texts.push(slot.body, slot.reason);
    } else {
      digests.set(slot.digest, present++ * DIGEST_BYTES);
      texts.push(slot.body);
      if (slot.blocked === undefined) {
        entries.push(`p${slot.body.length}${slot.rest === undefined ? "" : `.${slot.rest.length}`}`);
        if (slot.rest !== undefined) texts.push(slot.rest);
      } else {
        entries.push(`b${slot.body.length}.${slot.blocked.length}`);
        texts.push(slot.blocked);
      }
    }
  }
  const used = digests.subarray(0, present * DIGEST_BYTES);
  return `${entries.join(",")};${toBase64(used)};${texts.join("")}`;
}

/**
 * The records of a chunk, which answers for `keys` from index `from` on.
 *
 * @throws Error for what `encodeRecordChunk` does not give: the page is not trusted.
 */
export function decodeRecordChunk(text: string, keys: readonly Uint8Array[], from: number): RecordRead[] {
  const entriesEnd = text.indexOf(";");
  const digestsEnd = text.indexOf(";", entriesEnd + 1);
  if (entriesEnd < 0 || digestsEnd < 0) throw new Error("a chunk of records without its frame");
  const digests = fromBase64(text.slice(entriesEnd + 1, digestsEnd));
  const texts = new TextCutter(text, digestsEnd + 1);
  let digestsUsed = 0;
  const nextDigest = (): Uint8Array => {
    const digest = digests.slice(digestsUsed, digestsUsed + DIGEST_BYTES);
    if (digest.length !== DIGEST_BYTES) throw new Error("fewer digests than records");
    digestsUsed += DIGEST_BYTES;
    return digest;
  };
  const records = text
    .slice(0, entriesEnd)
    .split(",")
    .map((entry, index): RecordRead => {
      const key = keys[from + index];
      if (key === undefined) throw new Error("more records than were asked for");
      const lengths = entry.slice(1);
      switch (entry.charAt(0)) {
        case "a":
          return { key, state: "absent" };
        case "u":
          return { key, state: "unreadable", reason: texts.next(lengths) };
        case "p": {
          const [length = "", rest] = lengths.split(".");
          const body = texts.next(length);
          const left = rest === undefined ? {} : { rest: texts.next(rest) };
          return { key, state: "present", digest: nextDigest(), body, ...left };
        }
        case "n": {
          const [body = "", why = ""] = lengths.split(".");
          return { key, state: "notRepresentable", body: texts.next(body), reason: texts.next(why) };
        }
        case "b": {
          const [body = "", why = ""] = lengths.split(".");
          return {
            key,
            state: "present",
            digest: nextDigest(),
            body: texts.next(body),
            blocked: texts.next(why),
          };
        }
        default:
          throw new Error("a record of unknown state");
      }
    });
  if (digestsUsed !== digests.length || !texts.atEnd) throw new Error("more in a chunk than its records");
  return records;
}

class TextCutter {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  next(length: string): string {
    if (!/^\d{1,9}$/.test(length)) throw new Error("a length that is no number");
    const end = this.#at + Number(length);
    if (end > this.#text.length) throw new Error("a text that ends too early");
    const cut = this.#text.slice(this.#at, end);
    this.#at = end;
    return cut;
  }
}
