import { createHash } from "node:crypto";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";

/** Bodies are plain texts to the session; their digest here is MD5, which has the right length. */
export function digestOf(body: string): Uint8Array {
  return new Uint8Array(createHash("md5").update(body).digest());
}

export function keyOf(key: number | string): Uint8Array {
  return encodeKey(key);
}

export function hexOf(key: number | string): string {
  return toHex(encodeKey(key));
}
