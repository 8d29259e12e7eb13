import { toHex } from "../../core/key/hex.ts";
import { identityParts } from "../../core/session/base-identity.ts";
import type { BaseIdentity } from "../../core/session/ports.ts";

/**
 * SHA-256 of everything that makes two bases different (decision 13), as hex. A collection that was made anew
 * has another incarnation, hence another hash, hence no base.
 */
export async function hashIdentity(identity: BaseIdentity): Promise<string> {
  const text = JSON.stringify(identityParts(identity));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
