import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import { KeyError } from "../../../core/key/key.ts";

const hexOf = (key: unknown) => toHex(encodeKey(key));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KeyError) return error.code;
    throw error;
  }
  return "no error";
}

function nested(depth: number): unknown {
  let key: unknown = [];
  for (let i = 1; i < depth; i++) key = [key];
  return key;
}

describe("encodeKey", () => {
  // These bytes are stored in backends: a change of any of them is a change of the format.
  test.each([
    ["0", 0, "108000000000000000"],
    ["-0, the same key", -0, "108000000000000000"],
    ["1", 1, "10bff0000000000000"],
    ["-1", -1, "10400fffffffffffff"],
    ["Infinity", Infinity, "10fff0000000000000"],
    ["-Infinity", -Infinity, "10000fffffffffffff"],
    ["a Date", new Date(1), "20bff0000000000000"],
    ["an empty string", "", "3000"],
    ["NUL and ASCII", "\0az", "3001627b00"],
    ["borders of the byte lengths", "\x7e\x7f\u7eff\u7f00\uffff", "307f8001fe" + "ffff0101ff8281" + "00"],
    ["an astral character", "\u{1f600}", "30ff5a97ff606000"],
    ["binary", new Uint8Array([0, 1, 2, 255]), "4001010102" + "02ff00"],
    ["an array", ["a", [1], []], "50306200" + "5010bff000000000000000" + "5000" + "00"],
  ])("%s", (_, key, hex) => {
    expect(hexOf(key)).toBe(hex);
  });

  test("takes any view by its own part of the buffer", () => {
    const bytes = new Uint8Array([9, 8, 7, 6]);
    expect(hexOf(new DataView(bytes.buffer, 1, 2))).toBe("40080700");
    expect(hexOf(new Uint16Array(bytes.buffer, 2, 1))).toBe("40070600");
    expect(hexOf(bytes.buffer)).toBe("400908070600");
  });

  test("takes keys of another realm", () => {
    const foreign = runInNewContext("[new Date(5), new Uint8Array([3]), new Uint8Array([4]).buffer, ['x']]");
    expect(hexOf(foreign)).toBe(hexOf([new Date(5), new Uint8Array([3]), new Uint8Array([4]).buffer, ["x"]]));
  });

  test("takes one array twice side by side", () => {
    const shared = [1];
    expect(hexOf([shared, shared])).toBe(hexOf([[1], [1]]));
  });

  const cyclic: unknown[] = [1];
  cyclic.push([cyclic]);
  const detached = new ArrayBuffer(4);
  const viewOfDetached = new Uint8Array(detached);
  structuredClone(detached, { transfer: [detached] });
  const arrayWithHole = [1, 0, 2];
  delete arrayWithHole[1];
  test.each([
    ["NaN", Number.NaN],
    ["NaN within an array", [Number.NaN]],
    ["an invalid Date", new Date(Number.NaN)],
    ["undefined", undefined],
    ["null", null],
    ["a boolean", true],
    ["a BigInt", 1n],
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
    ["a plain object", {}],
    ["a boxed number", Object(1)],
    ["an object that claims to be a Date", Object.create(Date.prototype)],
    ["an object tagged as a Date", { [Symbol.toStringTag]: "Date" }],
    ["a hole", arrayWithHole],
    ["an array within itself", cyclic],
    ["a detached buffer", detached],
    ["a view of a detached buffer", viewOfDetached],
    ["a view of shared memory", new Uint8Array(new SharedArrayBuffer(2))],
    ["shared memory", new SharedArrayBuffer(2)],
    ["too deep an array", nested(2001)],
  ])("refuses %s", (_, key) => {
    expect(codeOf(() => encodeKey(key))).toBe("invalid-key");
  });

  test("takes arrays as deep as Chromium does, and gives them back", () => {
    const key = encodeKey(nested(2000));
    expect(key.length).toBe(4000);
    expect(encodeKey(decodeKey(key))).toEqual(key);
  });

  test("refuses what sharing would blow up past any memory", () => {
    let key: unknown = "0123456789";
    for (let i = 0; i < 40; i++) key = [key, key];
    expect(codeOf(() => encodeKey(key))).toBe("invalid-key");
  });

  test("is not confused by a key that encodes a key, nor by an error before", () => {
    const sly = [1, 2];
    Object.defineProperty(sly, 1, { get: () => encodeKey("inner").length, enumerable: true });
    expect(hexOf(sly)).toBe(hexOf([1, 7]));
    expect(codeOf(() => encodeKey(["begun", null]))).toBe("invalid-key");
    expect(hexOf("after")).toBe("306267756673" + "00");
  });

  test("works on when the page has patched the prototypes", () => {
    const foreign = runInNewContext(`
      Date.prototype.getTime = () => 0;
      Object.defineProperty(Date.prototype, Symbol.toStringTag, { value: "Array" });
      Array.prototype[Symbol.iterator] = null;
      [new Date(5)]`);
    expect(hexOf(foreign)).toBe(hexOf([new Date(5)]));
  });
});

describe("decodeKey", () => {
  test.each([
    ["nothing", ""],
    ["an unknown tag", "60"],
    ["a terminator alone", "00"],
    ["half a number", "1080"],
    ["a number and more", "10800000000000000000"],
    ["NaN", "10fff8000000000000"],
    ["-0", "107fffffffffffffff"],
    ["a time between two milliseconds", "20bfe0000000000000"],
    ["a time out of range", "20ff00000000000000"],
    ["a string without an end", "3061"],
    ["a string that ends within a unit", "30800000"],
    ["a unit above 0xffff", "30ff830100"],
    ["binary without an end", "4061"],
    ["an unknown escape", "40010300"],
    ["an escape at the end", "400100"],
    ["an array without an end", "503000"],
    ["too deep an array", "50".repeat(2001) + "00".repeat(2001)],
  ])("refuses %s", (_, hex) => {
    expect(codeOf(() => decodeKey(fromHex(hex)))).toBe("malformed-key");
  });

  test("reads bytes that stand within a larger buffer", () => {
    const buffer = new Uint8Array([9, 9, ...encodeKey([1, "a"]), 9]);
    expect(decodeKey(buffer.subarray(2, buffer.length - 1))).toEqual([1, "a"]);
  });

  test("gives binary keys as an ArrayBuffer and long strings whole", () => {
    expect(decodeKey(encodeKey(new Uint8Array([0, 1, 2])))).toEqual(new Uint8Array([0, 1, 2]).buffer);
    const long = "a\uffff\u4e00".repeat(5000);
    expect(decodeKey(encodeKey(long))).toBe(long);
  });
});

test("compareBytes orders by byte, a prefix first", () => {
  const sorted = [[], [0], [0, 1], [1], [1, 0], [255]].map((bytes) => Uint8Array.from(bytes));
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries()) expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(i - j));
  }
});

test.each(["0", "0g", "0A", " 0", "٠٠"])("fromHex refuses %j", (text) => {
  expect(codeOf(() => fromHex(text))).toBe("malformed-key");
});
