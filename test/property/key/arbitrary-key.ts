import fc from "fast-check";
import type { Key } from "../../../core/key/key.ts";

/** Text by UTF-16 code unit, lone surrogates too, dense around the borders of the byte lengths. */
export const unitText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(
        0,
        1,
        0x7e,
        0x7f,
        0x80,
        0x17d,
        0x17e,
        0x7eff,
        0x7f00,
        0x80fe,
        0x80ff,
        0xd800,
        0xdfff,
        0xffff,
      ),
    ),
    { maxLength: 6 },
  )
  .map((units) => String.fromCharCode(...units));

const keyNumber = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(-Infinity, Infinity, -0, 0, 5e-324, -5e-324),
);

const keyDate = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.integer({ min: -5, max: 5 }).map((time) => new Date(time)),
);

const keyBuffer = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 3 })), { maxLength: 6 })
  .map((bytes) => new Uint8Array(bytes).buffer);

export const arbitraryKey: fc.Arbitrary<Key> = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    keyNumber,
    keyDate,
    unitText,
    keyBuffer,
    fc.array(tie("key"), { maxLength: 4 }) as fc.Arbitrary<Key>,
  ),
})).key;
