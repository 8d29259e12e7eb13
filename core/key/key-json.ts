/**
 * Keys as JSON, tagged as values are within the rows of core/codec's text format: numbers and strings stand for
 * themselves, a string that starts with ~ gets another one in front.
 *
 *     7   "a"   "~~tilde"   "~Infinity"   "~-Infinity"   "~d1760000000000" (a Date)   "~bAAEC" (binary, base64)
 *     ["eu", 7]
 */
import { decodeBase64, encodeBase64 } from "../codec/base64.ts";
import { type Key, KeyError } from "./key.ts";

export type KeyJson = number | string | KeyJson[];

export function keyToJson(key: Key): KeyJson {
  if (typeof key === "number") return Number.isFinite(key) ? key : `~${key}`;
  if (typeof key === "string") return key.startsWith("~") ? `~${key}` : key;
  if (key instanceof Date) return `~d${key.getTime()}`;
  if (Array.isArray(key)) return key.map(keyToJson);
  return `~b${encodeBase64(new Uint8Array(key))}`;
}

/** @throws KeyError "invalid-key" for what `keyToJson` never gives */
export function keyFromJson(json: unknown): Key {
  if (typeof json === "number") return json;
  if (Array.isArray(json)) return json.map(keyFromJson);
  if (typeof json !== "string") throw invalid(json);
  if (!json.startsWith("~")) return json;
  if (json.startsWith("~~")) return json.slice(1);
  if (json === "~Infinity" || json === "~-Infinity") return Number(json.slice(1));
  if (/^~d-?\d{1,16}$/.test(json)) return new Date(Number(json.slice(2)));
  const bytes = json.startsWith("~b") ? decodeBase64(json.slice(2)) : undefined;
  if (bytes === undefined) throw invalid(json);
  return bytes.slice().buffer;
}

function invalid(json: unknown): KeyError {
  return new KeyError("invalid-key", `${JSON.stringify(json) ?? String(json)} is no key as tagged JSON.`);
}
