import fc from "fast-check";
import { expect, test } from "vitest";
import { packLz4, unpackLz4 } from "../../../core/codec/lz4-block.ts";
import { fromHex } from "../../../core/key/hex.ts";

/** Bytes as texts have them: much is said again, near and far, in runs and with overlaps. */
const repetitive = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.record({ byte: fc.nat(255), count: fc.nat(700) }).map(({ byte, count }) => Array(count).fill(byte)),
      fc
        .constantFrom("order-0000001", '{"status":"open"}', "ä😀")
        .map((text) => new TextEncoder().encode(text)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

test("what was packed comes back byte for byte", () => {
  fc.assert(
    fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 5000 })), (bytes) => {
      expect(unpackLz4(packLz4(bytes), bytes.length)).toEqual(bytes);
    }),
  );
});

test("matches reach 65,535 bytes back and no further", () => {
  const phrase = new TextEncoder().encode("a phrase that comes twice");
  for (const gap of [65_535, 65_536]) {
    const bytes = new Uint8Array(gap + phrase.length + 20);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 1, 2654435761) >>> 13;
    bytes.set(phrase, 0);
    bytes.set(phrase, gap);
    expect(unpackLz4(packLz4(bytes), bytes.length)).toEqual(bytes);
  }
});

test("texts that are alike shrink, and noise hardly grows", () => {
  const alike = new TextEncoder().encode('{"status":"open","paid":false}'.repeat(500));
  expect(packLz4(alike).length).toBeLessThan(alike.length / 20);
  const noise = Uint8Array.from({ length: 10_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 11);
  expect(packLz4(noise).length).toBeLessThan(noise.length * 1.01);
});

test("reads a block of the reference implementation", () => {
  // lz4 1.9, without the frame around the block.
  const block =
    "3f616263030005f8052120616e64206f6e65206d6f72652074696d65202c00f7062c20736169642074686520" +
    "66696c6d2063726974691600502066696c6d";
  const text =
    "abcabcabcabcabcabcabcabcabc! and one more time abcabcabcabc, said the film critic, said the film";
  expect(new TextDecoder().decode(unpackLz4(fromHex(block), text.length))).toBe(text);
});

test("a damaged block throws or gives the length that was told, and reads nothing else", () => {
  fc.assert(
    fc.property(
      repetitive,
      fc.nat(),
      fc.nat(255),
      fc.integer({ min: 0, max: 9000 }),
      (bytes, at, byte, length) => {
        const block = packLz4(bytes);
        block[at % block.length] = byte;
        try {
          expect(unpackLz4(block, length).length).toBe(length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      },
    ),
  );
});
