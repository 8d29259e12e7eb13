import { describe, expect, test } from "vitest";
import { hashWords } from "../../../core/digest/murmur3.ts";

const MASK = 0xffffffffn;
const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & MASK;
const C = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n] as const;
const ADD = [0x561ccd1bn, 0x0bcaa747n, 0x96cd1c35n, 0x32ac3b17n] as const;
const ROTATE_BLOCK = [15n, 16n, 17n, 18n] as const;
const ROTATE_STATE = [19n, 17n, 15n, 13n] as const;

/** MurmurHash3_x86_128 of smhasher, byte by byte and slowly. */
function reference(bytes: Uint8Array, seed: number): Uint8Array {
  const h = [0, 0, 0, 0].map(() => BigInt(seed));
  const blocks = Math.floor(bytes.length / 16);
  const word = (at: number, end: number) => {
    let value = 0n;
    for (let i = Math.min(at + 4, end) - 1; i >= at; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return value;
  };
  const mix = (k: bigint, lane: number) =>
    (rotate((k * (C[lane] ?? 0n)) & MASK, ROTATE_BLOCK[lane] ?? 0n) * (C[(lane + 1) % 4] ?? 0n)) & MASK;
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < 4; lane++) {
      const mixed = (h[lane] ?? 0n) ^ mix(word(block * 16 + lane * 4, bytes.length), lane);
      const next = (rotate(mixed, ROTATE_STATE[lane] ?? 0n) + (h[(lane + 1) % 4] ?? 0n)) & MASK;
      h[lane] = (next * 5n + (ADD[lane] ?? 0n)) & MASK;
    }
  }
  for (let lane = 0; lane < 4; lane++) {
    const at = blocks * 16 + lane * 4;
    if (at < bytes.length) h[lane] = (h[lane] ?? 0n) ^ mix(word(at, bytes.length), lane);
  }
  let state = h.map((lane) => lane ^ BigInt(bytes.length));
  const stir = () => {
    const first = state.reduce((sum, lane) => sum + lane) & MASK;
    state = state.map((lane, i) => (i === 0 ? first : (lane + first) & MASK));
  };
  stir();
  state = state.map((lane) => {
    let x = lane ^ (lane >> 16n);
    x = (x * 0x85ebca6bn) & MASK;
    x ^= x >> 13n;
    x = (x * 0xc2b2ae35n) & MASK;
    return x ^ (x >> 16n);
  });
  stir();
  const result = new DataView(new ArrayBuffer(16));
  for (const [i, lane] of state.entries()) result.setUint32(i * 4, Number(lane), true);
  return new Uint8Array(result.buffer);
}

function hashOfWords(bytes: Uint8Array, padding = 0): Uint8Array {
  const words = new Int32Array(padding + bytes.length / 4);
  new Uint8Array(words.buffer).set(bytes, padding * 4);
  const hash = new Int32Array(4);
  hashWords(words, padding, words.length, hash);
  return new Uint8Array(hash.buffer);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("murmur3 x86_128", () => {
  test("the reference here has the verification value of smhasher", () => {
    const keys = Array.from({ length: 256 }, (_, length) => Uint8Array.from({ length }, (__, i) => i));
    const all = Uint8Array.from(keys.flatMap((key, i) => [...reference(key, 256 - i)]));
    expect(new DataView(reference(all, 0).buffer).getUint32(0, true)).toBe(0xb3ece62a);
  });

  test("words hash as the reference hashes their bytes", () => {
    for (let length = 0; length <= 132; length += 4) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255);
      expect(hex(hashOfWords(bytes))).toBe(hex(reference(bytes, 0)));
      expect(hex(hashOfWords(bytes, 3))).toBe(hex(reference(bytes, 0)));
    }
  });

  test("published vectors", () => {
    const lanesOf = (hash: Uint8Array) => {
      const view = new DataView(hash.buffer);
      return [0, 4, 8, 12].map((at) => view.getUint32(at, true).toString(16).padStart(8, "0")).join("");
    };
    const text = new TextEncoder().encode("I will not buy this tobacconist's, it is scratched.");
    expect(lanesOf(reference(text, 0))).toBe("9b5b7ba2ef3f7866889adeaf00f3f98e");
    const allBytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(lanesOf(hashOfWords(allBytes))).toBe("2c56c88fdb4503dfd352b21a494ca2c0");
  });
});
