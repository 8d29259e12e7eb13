/** The one line that a person copies from the bridge into the panel: `driftscope:PORT:BRIDGE:CODE`. */
import { fromBase32, toBase32 } from "./base32.ts";
import { PAIRING_CODE_BYTES } from "./limits.ts";

const BRIDGE_ID_BYTES = 10;

export interface Pairing {
  readonly port: number;
  /** 16 characters of base32. */
  readonly bridgeId: string;
  /** 128 random bits. */
  readonly code: Uint8Array<ArrayBuffer>;
}

class PairingStringError extends Error {
  override readonly name = "PairingStringError";
  readonly code = "bad-pairing-string";
}

export function formatPairing(pairing: Pairing): string {
  return `driftscope:${pairing.port}:${pairing.bridgeId}:${toBase32(pairing.code)}`;
}

/** @throws PairingStringError that says what a pairing string looks like. */
export function parsePairing(text: string): Pairing {
  const [scheme, portText, bridgeText, codeText, ...rest] = text.trim().split(":");
  const port = Number(portText);
  const bridgeId = fromBase32(bridgeText ?? "", BRIDGE_ID_BYTES);
  const code = fromBase32(codeText ?? "", PAIRING_CODE_BYTES);
  const portIsValid = /^\d{1,5}$/.test(portText ?? "") && port >= 1 && port <= 65_535;
  if (scheme?.toLowerCase() !== "driftscope" || !portIsValid || !bridgeId || !code || rest.length > 0) {
    throw new PairingStringError(
      "This is not a pairing string. It looks like driftscope:7411:…:… and `driftscope pair` prints one; copy the whole line.",
    );
  }
  return { port, bridgeId: toBase32(bridgeId), code };
}

/** A new bridge id: 80 random bits. */
export const newBridgeId = (): string => toBase32(crypto.getRandomValues(new Uint8Array(BRIDGE_ID_BYTES)));

export const newPairingCode = (): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(PAIRING_CODE_BYTES));

/** A new panel id: 128 random bits. */
export const newPanelId = (): string => toBase32(crypto.getRandomValues(new Uint8Array(16)));
