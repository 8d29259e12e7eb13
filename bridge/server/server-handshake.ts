/** The bridge's side of the handshake; core/protocol/proof.ts says what is proven. */
import { FIREFOX_ORIGIN } from "../../core/protocol/extension-origin.ts";
import type { Hello, RefusalCode } from "../../core/protocol/frames.ts";
import { NONCE_BYTES } from "../../core/protocol/limits.ts";
import { derivePanelKey, type Handshake, prove, verifyProof } from "../../core/protocol/proof.ts";
import { negotiateVersion, PROTOCOL_VERSIONS } from "../../core/protocol/version.ts";
import type { DataFolder } from "./data-folder.ts";

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface Welcome {
  readonly version: number;
  readonly bridgeId: string;
  readonly nonce: Uint8Array;
  readonly proof: Uint8Array;
}

export class ServerHandshake {
  readonly #folder: DataFolder;
  readonly #port: number;
  readonly #origin: string;
  readonly #hello: Hello;
  #secret: Uint8Array<ArrayBuffer> | undefined;
  #handshake: Handshake | undefined;

  constructor(folder: DataFolder, port: number, origin: string, hello: Hello) {
    this.#folder = folder;
    this.#port = port;
    this.#origin = origin;
    this.#hello = hello;
  }

  /** The bridge's proof, given before the panel's. @throws Refusal */
  async welcome(now: number): Promise<Welcome> {
    const { versions, panelId, pair, nonce } = this.#hello;
    const version = negotiateVersion(versions);
    if (version === undefined) {
      throw new Refusal(
        "version",
        `This bridge speaks protocol ${PROTOCOL_VERSIONS.join(", ")}, the panel ${versions.join(", ")}: update the older of the two.`,
      );
    }
    const secret = pair ? this.#pairingCode(now) : this.#panelKey();
    const handshake: Handshake = {
      pair,
      offeredVersions: versions,
      version,
      bridgeId: this.#folder.bridgeId(),
      panelId,
      port: this.#port,
      panelNonce: nonce,
      bridgeNonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
    };
    this.#secret = secret;
    this.#handshake = handshake;
    return {
      version,
      bridgeId: handshake.bridgeId,
      nonce: handshake.bridgeNonce,
      proof: await prove(secret, "bridge", handshake),
    };
  }

  /** Checks the panel's proof, and remembers the panel when it paired. @throws Refusal */
  async accept(proof: Uint8Array, now: number): Promise<void> {
    const secret = this.#secret;
    const handshake = this.#handshake;
    if (secret === undefined || handshake === undefined)
      throw new Refusal("malformed", "No hello came first.");
    const { panelId, label, pair } = this.#hello;
    if (!(await verifyProof(secret, "panel", handshake, proof))) {
      throw new Refusal("proof-wrong", "The panel's proof is wrong: pair it again.");
    }
    if (!pair) {
      // It may have been revoked between the two proofs.
      if (this.#folder.findPanel(panelId) === undefined) throw notPaired();
      this.#folder.sawPanel(panelId, now);
      return;
    }
    const key = await derivePanelKey(secret, handshake);
    this.#folder.closePairing();
    this.#folder.addPanel({ id: panelId, label, origin: this.#origin, pairedAt: now }, key);
  }

  #pairingCode(now: number): Uint8Array<ArrayBuffer> {
    // A panel that is known keeps its key: an id cannot be taken over by pairing under it.
    if (this.#folder.findPanel(this.#hello.panelId) !== undefined) {
      throw new Refusal("malformed", "A panel with this id is paired already.");
    }
    const pairing = this.#folder.tryPairing(now);
    if (pairing !== undefined) return pairing.code;
    throw new Refusal(
      "code-expired",
      "No pairing is open: the code was used, has expired, or was tried too often. `driftscope pair` prints a new one.",
    );
  }

  #panelKey(): Uint8Array<ArrayBuffer> {
    const found = this.#folder.findPanel(this.#hello.panelId);
    const isItsOrigin = found?.panel.origin === this.#origin || !FIREFOX_ORIGIN.test(this.#origin);
    if (found === undefined || !isItsOrigin) throw notPaired();
    return found.key;
  }
}

const notPaired = (): Refusal =>
  new Refusal(
    "not-paired",
    "This bridge does not know this panel (any more): pair it, `driftscope pair` tells how.",
  );
