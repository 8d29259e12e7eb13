import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase32, toBase32 } from "../../../core/protocol/base32.ts";
import { CHROMIUM_ORIGIN, FIREFOX_ORIGIN } from "../../../core/protocol/extension-origin.ts";
import {
  formatPairing,
  newBridgeId,
  newPairingCode,
  parsePairing,
} from "../../../core/protocol/pairing-string.ts";
import { derivePanelKey, type Handshake, prove, verifyProof } from "../../../core/protocol/proof.ts";
import { negotiateVersion } from "../../../core/protocol/version.ts";
import { repositoryRoot } from "../../support/repository.ts";

describe("base32", () => {
  test("comes back as it went, in lower case or upper", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = toBase32(bytes);
        expect(fromBase32(text, bytes.length)).toEqual(bytes);
        expect(fromBase32(text.toUpperCase(), bytes.length)).toEqual(bytes);
      }),
    );
  });

  test("reads letters as the digits they look like, and refuses what is none", () => {
    expect(fromBase32("oOiIlL00", 5)).toEqual(fromBase32("00111100", 5));
    expect(fromBase32("0000000u", 5)).toBeUndefined();
    expect(fromBase32("000000", 5)).toBeUndefined();
    // Bits beyond the last byte.
    expect(fromBase32("zz", 1)).toBeUndefined();
  });
});

describe("the pairing string", () => {
  const pairing = { port: 7411, bridgeId: newBridgeId(), code: newPairingCode() };

  test("comes back as it went, with white space around it and in capitals", () => {
    const line = formatPairing(pairing);
    expect(line).toMatch(/^driftscope:7411:[0-9a-z]{16}:[0-9a-z]{26}$/);
    expect(parsePairing(line)).toEqual(pairing);
    expect(parsePairing(`  ${line.toUpperCase()}\n`)).toEqual(pairing);
  });

  test("has a code of 128 random bits", () => {
    expect(pairing.code).toHaveLength(16);
    expect(new Set(Array.from({ length: 100 }, () => toBase32(newPairingCode()))).size).toBe(100);
  });

  test.each(["", "driftscope", "driftscope:0:a:b", "driftscope:70000:x:y", "http://127.0.0.1:7411"])(
    "%j is none",
    (text) => {
      expect(() => parsePairing(text)).toThrow(expect.objectContaining({ code: "bad-pairing-string" }));
    },
  );

  test("cut anywhere is none", () => {
    const line = formatPairing(pairing);
    for (let i = 0; i < line.length; i++)
      expect(() => parsePairing(line.slice(0, i))).toThrow("driftscope pair");
    expect(() => parsePairing(`${line}:more`)).toThrow("driftscope pair");
  });
});

describe("proofs", () => {
  const secret = new Uint8Array(randomBytes(16));
  const handshake: Handshake = {
    pair: true,
    offeredVersions: [1],
    version: 1,
    bridgeId: "a".repeat(16),
    panelId: "b".repeat(26),
    port: 7411,
    panelNonce: new Uint8Array(randomBytes(32)),
    bridgeNonce: new Uint8Array(randomBytes(32)),
  };

  test("hold for the same secret, role and handshake alone", async () => {
    const proof = await prove(secret, "bridge", handshake);
    expect(await verifyProof(secret, "bridge", handshake, proof)).toBe(true);
    // Sent back as the other side's.
    expect(await verifyProof(secret, "panel", handshake, proof)).toBe(false);
    const otherSecret = secret.slice();
    otherSecret[15] = (otherSecret[15] ?? 0) ^ 1;
    expect(await verifyProof(otherSecret, "bridge", handshake, proof)).toBe(false);
    expect(await verifyProof(secret, "bridge", handshake, proof.slice(0, 31))).toBe(false);
  });

  test.each([
    ["pair", { pair: false }],
    ["offeredVersions", { offeredVersions: [2, 1] }],
    ["version", { version: 2 }],
    ["bridgeId", { bridgeId: "c".repeat(16) }],
    ["panelId", { panelId: "c".repeat(26) }],
    ["port", { port: 7412 }],
    ["panelNonce", { panelNonce: new Uint8Array(32) }],
    ["bridgeNonce", { bridgeNonce: new Uint8Array(32) }],
    ["text moved between fields", { bridgeId: `${"a".repeat(16)}b`, panelId: "b".repeat(25) }],
  ])("bind %s", async (_, change) => {
    const proof = await prove(secret, "panel", handshake);
    expect(await verifyProof(secret, "panel", { ...handshake, ...change }, proof)).toBe(false);
  });

  test("the panel's key follows from code and handshake, and is neither proof", async () => {
    const key = await derivePanelKey(secret, handshake);
    expect(key).toHaveLength(16);
    expect(await derivePanelKey(secret, { ...handshake })).toEqual(key);
    expect(await derivePanelKey(secret, { ...handshake, panelNonce: new Uint8Array(32) })).not.toEqual(key);
    for (const role of ["bridge", "panel"] as const) {
      expect((await prove(secret, role, handshake)).slice(0, 16)).not.toEqual(key);
    }
  });
});

test("the newest version that both speak is chosen", () => {
  expect(negotiateVersion([1])).toBe(1);
  expect(negotiateVersion([3, 2, 1])).toBe(1);
  expect(negotiateVersion([2, 3])).toBeUndefined();
});

describe("the extension's origins", () => {
  test("in Chromium follows from the key in manifest.json", () => {
    const { key } = JSON.parse(readFileSync(join(repositoryRoot, "manifest.json"), "utf8"));
    // The first 128 bits of the key's SHA-256, each half byte as a letter from a to p.
    const hash = createHash("sha256").update(Buffer.from(key, "base64")).digest("hex").slice(0, 32);
    const id = Array.from(hash, (digit) => "abcdefghijklmnop"[Number.parseInt(digit, 16)]).join("");
    expect(CHROMIUM_ORIGIN).toBe(`chrome-extension://${id}`);
  });

  test("in Firefox are UUIDs", () => {
    expect(FIREFOX_ORIGIN.test("moz-extension://0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d")).toBe(true);
    for (const origin of [
      "moz-extension://x",
      "https://moz-extension://0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d",
      "moz-extension://0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d.evil.example",
    ]) {
      expect(FIREFOX_ORIGIN.test(origin)).toBe(false);
    }
  });
});
