import { toHex } from "../../core/key/hex.ts";
import type { BaseIdentity } from "../../core/session/ports.ts";

/**
 * SHA-256 of everything that makes two bases different (decision 13), as hex. A collection that was made anew
 * has another incarnation, hence another hash, hence no base.
 */
export async function hashIdentity(identity: BaseIdentity): Promise<string> {
  const { local } = identity;
  // JSON.stringify escapes lone surrogates, so that names which differ only there stay different.
  const text = JSON.stringify([
    identity.incarnation,
    identity.collection,
    identity.scopeId,
    identity.projectionId,
    local.storageKey,
    local.bucket,
    local.database,
    local.store,
  ]);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
