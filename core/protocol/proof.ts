/**
 * Mutual proof that both sides hold the same secret (decision 32), without sending it.
 *
 * Each proof is HMAC-SHA-256 over a transcript of the whole handshake: the protocol's name, the prover's role,
 * the versions offered and chosen, both ids, the port, both nonces. The role keeps one side's proof from being
 * sent back as the other's, and the port keeps a program on another port from passing the handshake through to
 * the real bridge. The bridge proves itself first, so that whoever squats on the port learns nothing.
 * The keys have at least 128 random bits, so a captured proof gives no one a key to guess.
 */
import { PANEL_KEY_BYTES } from "./limits.ts";

export interface Handshake {
  /** Whether the secret is a pairing code or a panel's key. */
  readonly pair: boolean;
  readonly offeredVersions: readonly number[];
  readonly version: number;
  readonly bridgeId: string;
  readonly panelId: string;
  /** The port that the panel connected to, and that the bridge listens on. */
  readonly port: number;
  readonly panelNonce: Uint8Array;
  readonly bridgeNonce: Uint8Array;
}

export type Role = "bridge" | "panel";

const encoder = new TextEncoder();

/** Every part with its length before it, so that no two handshakes give the same bytes. */
function transcript(purpose: string, handshake: Handshake): Uint8Array<ArrayBuffer> {
  const parts = [
    "driftscope handshake",
    purpose,
    handshake.pair ? "pair" : "resume",
    handshake.offeredVersions.join(","),
    String(handshake.version),
    handshake.bridgeId,
    handshake.panelId,
    String(handshake.port),
  ].map((text): Uint8Array => encoder.encode(text));
  parts.push(handshake.panelNonce, handshake.bridgeNonce);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

const hmacKey = (secret: Uint8Array<ArrayBuffer>, use: "sign" | "verify"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [use]);

async function hmac(
  secret: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await hmacKey(secret, "sign"), data));
}

export function prove(
  secret: Uint8Array<ArrayBuffer>,
  role: Role,
  handshake: Handshake,
): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(secret, transcript(role, handshake));
}

/** WebCrypto compares in constant time. */
export async function verifyProof(
  secret: Uint8Array<ArrayBuffer>,
  role: Role,
  handshake: Handshake,
  proof: Uint8Array,
): Promise<boolean> {
  const key = await hmacKey(secret, "verify");
  return crypto.subtle.verify("HMAC", key, new Uint8Array(proof), transcript(role, handshake));
}

/** The key that a pairing leaves on both sides: derived from the code and this handshake, never sent. */
export async function derivePanelKey(
  code: Uint8Array<ArrayBuffer>,
  handshake: Handshake,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await hmac(code, transcript("panel key", handshake))).slice(0, PANEL_KEY_BYTES);
}
