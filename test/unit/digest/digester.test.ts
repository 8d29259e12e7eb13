import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { BlobValue, ImageDataValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { DigestError } from "../../../core/digest/digest-error.ts";
import { Digester, type DigestOptions, digestsEqual } from "../../../core/digest/digester.ts";

const digester = new Digester();
const digest = (value: unknown, options?: DigestOptions) =>
  Buffer.from(digester.digest(value, options)).toString("hex");

function errorOf(action: () => unknown): DigestError {
  try {
    action();
  } catch (error) {
    if (error instanceof DigestError) return error;
    throw error;
  }
  throw new Error("no error");
}

const hole = [1, 2];
delete hole[0];
const x = { deep: [1] };
const selfA: Record<string, unknown> = { name: 1 };
selfA.self = selfA;
const selfB: Record<string, unknown> = {};
selfB.self = selfB;
selfB.name = 1;
const buffer = new Uint8Array([0, 0, 1, 2, 0, 0]).buffer;
const errorOfStack = (stack: string) => Object.assign(new Error("m", { cause: 1 }), { stack });

describe("digests", () => {
  // Digests are stored in backends: a change of any of these makes every record differ.
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "ca200fcfb1709c51b1709c51b1709c51"],
    [
      "a record",
      { id: 7, name: "Ada", at: new Date(1e12), tags: ["a", "ü", "\u4e00"], nested: { f: 0.5, n: null } },
      "b32d6f0e22e103543194857d3961955d",
    ],
  ])("of %s stay as they are", (_, value, expected) => {
    expect(digest(value)).toBe(expected);
  });

  test.each<[string, unknown, unknown]>([
    ["property order", { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }],
    [
      "property order of an array's extras",
      Object.assign([1], { a: 1, b: 2 }),
      Object.assign([1], { b: 2, a: 1 }),
    ],
    ["sharing", { a: x, b: x }, { a: { deep: [1] }, b: { deep: [1] } }],
    [
      "the NaN",
      Number.NaN,
      new DataView(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255).buffer).getFloat64(0),
    ],
    ["an object within itself, however built", selfA, selfB],
    ["what else the buffer of a view holds", new Uint8Array(buffer, 2, 2), Uint8Array.of(1, 2)],
    ["an error's stack", errorOfStack("here"), errorOfStack("there")],
    ["how a number came about", 2 ** 31 + 1 - 1, 2147483648],
    ["how a text came about", ["a", "\u4e00"].join("").slice(0, 1), "a"],
    ["the prototype null", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])("do not depend on %s", (_, a, b) => {
    expect(digest(a)).toBe(digest(b));
    expect(digest([a])).toBe(digest([b]));
  });

  const all: unknown[] = [
    undefined,
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    0.5,
    2 ** 31,
    2 ** 32,
    Number.NaN,
    Infinity,
    -Infinity,
    0n,
    1n,
    -1n,
    2n ** 64n,
    "",
    "0",
    "1",
    "a",
    "aa",
    "aaaa",
    "aaaaa",
    "a\0",
    "a\0\0\0",
    "ÿ",
    "\u0100",
    "\ud800",
    "\udc00",
    "\ufffd",
    "null",
    "undefined",
    {},
    { a: undefined },
    { a: null },
    { a: 1 },
    { b: 1 },
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    { a: { b: 1 } },
    { a: {}, b: 1 },
    { a: { a: {} } },
    { "": 0 },
    JSON.parse('{"__proto__":1}'),
    [],
    [undefined],
    new Array(1),
    new Array(2),
    hole,
    [undefined, 2],
    [0],
    [[]],
    [[], []],
    [[[]]],
    [1, 2],
    [2, 1],
    { 0: 1, 1: 2 },
    Object.assign([1], { a: 1 }),
    Object.assign([], { a: 1 }),
    new Map(),
    new Map([[1, 2]]),
    new Map([[2, 1]]),
    new Map<unknown, unknown>([[{}, { a: 1 }]]),
    new Map([
      [1, 1],
      [2, 2],
    ]),
    new Map([
      [2, 2],
      [1, 1],
    ]),
    new Set(),
    new Set([1, 2]),
    new Set([2, 1]),
    new Date(0),
    new Date(1),
    new Date(Number.NaN),
    /a/,
    /a/g,
    /b/,
    Object(1),
    Object("1"),
    Object(1n),
    Object(true),
    new Error("m"),
    new Error(),
    new Error(""),
    new TypeError("m"),
    new Error("m", { cause: undefined }),
    new Error("m", { cause: "c" }),
    new Uint8Array(0),
    new Uint8Array(1),
    new Uint8Array(4),
    new Uint8Array(5),
    new Int8Array(1),
    new Uint8ClampedArray(1),
    new Uint32Array(1),
    new Float32Array(1),
    new DataView(new ArrayBuffer(1)),
    new ArrayBuffer(1),
    new ArrayBuffer(2),
    new ArrayBuffer(1, { maxByteLength: 1 }),
    new ArrayBuffer(1, { maxByteLength: 2 }),
    new BlobValue({ type: "", size: 1, bytes: new Uint8Array(1) }),
    new BlobValue({ type: "a/b", size: 1, bytes: new Uint8Array(1) }),
    new BlobValue({ type: "", size: 1, bytes: new Uint8Array(1), name: "n", lastModified: 1 }),
    new BlobValue({ type: "", size: 1, bytes: new Uint8Array(1), name: "n", lastModified: 2 }),
    new BlobValue({ type: "", size: 1, bytes: new Uint8Array(1), name: "m", lastModified: 1 }),
    new ImageDataValue(1, 2, "srgb", new Uint8Array(8)),
    new ImageDataValue(2, 1, "srgb", new Uint8Array(8)),
    new OpaqueValue("CryptoKey", ""),
    new OpaqueValue("CryptoKey", "x"),
    selfA,
    { name: 1, self: selfA },
    [[selfA], selfA],
  ];

  test("of different values differ, alone and within others", () => {
    expect(new Set(all.map((value) => digest(value))).size).toBe(all.length);
    expect(new Set(all.map((value) => digest([value, 1]))).size).toBe(all.length);
    expect(new Set(all.map((value) => digest({ a: value, b: {} }))).size).toBe(all.length);
    expect(new Set(all.map((value) => digest(new Map([[value, value]])))).size).toBeGreaterThan(
      all.length - 2,
    );
  });

  test("are the same of what the codec brings back, and in another realm", () => {
    for (const value of all) expect(digest(decodeValue(encodeValue(value)))).toBe(digest(value));
    const script =
      "({ a: [1, new Date(1), new Map([[{}, new Set([/x/g])]])], b: new Uint8Array([1]), c: Object('s') })";
    const hostile =
      "Object.prototype.inherited = 1; Object.defineProperty(Date.prototype, Symbol.toStringTag, { value: 'x' });";
    expect(digest(runInNewContext(hostile + script))).toBe(digest(new Function(`return ${script}`)()));
  });

  test("do not depend on sharing far down either", () => {
    const under = (levels: number, innermost: unknown) => {
      let value = innermost;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    for (const levels of [30, 31, 32, 33, 34, 60]) {
      const shared = [[1]];
      const copies = under(levels, [[[[1]]], [[[1]]], [[[[1]]]]]);
      expect(digest(under(levels, [[shared], [shared], [[shared]]]))).toBe(digest(copies));
    }
  });

  test("tell where in a cycle the way back leads", () => {
    const toRoot: Record<string, unknown> = {};
    toRoot.a = { b: toRoot };
    const toInner: Record<string, Record<string, unknown>> = { a: {} };
    (toInner.a as Record<string, unknown>).b = toInner.a;
    expect(digest(toRoot)).not.toBe(digest(toInner));
  });

  test("of 5,000 levels and more, in time and without a deep stack", () => {
    const nested = (depth: number, innermost: unknown) => {
      let value = innermost;
      for (let i = 0; i < depth; i++) value = i % 3 ? { value, b: i } : [new Map([[1, value]]), i];
      return value;
    };
    expect(digest(nested(5000, 1))).toBe(digest(decodeValue(encodeValue(nested(5000, 1)))));
    expect(digest(nested(5000, 1))).not.toBe(digest(nested(5000, 2)));
    expect(digest(nested(20_000, 1))).not.toBe(digest(nested(20_000, 2)));
  });

  test("of a graph that has no end when written out come in time, and keep apart what differs", () => {
    const doubling = (levels: number, innermost: unknown) => {
      let value: unknown = [innermost];
      for (let i = 0; i < levels; i++) value = [value, value];
      return value;
    };
    expect(digest(doubling(100, 1))).toBe(digest(structuredClone(doubling(100, 1))));
    expect(digest(doubling(100, 1))).not.toBe(digest(doubling(100, 2)));
    expect(digest(doubling(100, 1))).not.toBe(digest(doubling(101, 1)));
    const entangled = Array.from({ length: 30 }, (_, i): unknown[] => [i]);
    for (const node of entangled) node.push(...entangled);
    expect(digest(entangled)).toBe(digest(structuredClone(entangled)));
  });

  test("of values larger than the room at first", () => {
    const large = {
      text: "é".repeat(3_000_000),
      bytes: new Uint8Array(9_000_001),
      wide: "\u4e00".repeat(50_000),
    };
    expect(digest(large)).toBe(digest(structuredClone(large)));
    large.bytes[9_000_000] = 1;
    expect(digest(large)).not.toBe(digest({ ...large, bytes: new Uint8Array(9_000_001) }));
    expect(digest({ a: 1 })).toBe(Buffer.from(new Digester().digest({ a: 1 })).toString("hex"));
  });

  test("do not depend on which names were seen before, nor on how many", () => {
    const flooded = new Digester();
    // More unknown names than the cache waits for, in few records.
    const record = (i: number) =>
      Array.from({ length: 10 }, (_, j) => ({ [`b${i}.${j}`]: 1, [`a${j}.${i}`]: { y: i } }));
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`n${(i * 7919) % 1000}`, i]));
    const reversed = Object.fromEntries(Object.entries(many).reverse());
    for (let i = 0; i < 9000; i++) flooded.digest(record(i));
    for (const value of [
      record(5),
      record(8999),
      record(1e6),
      many,
      reversed,
      { b: 1, a: 2 },
      [record(3), many],
    ]) {
      expect(flooded.digest(value)).toEqual(new Digester().digest(value));
    }
    expect(digest(many)).toBe(digest(reversed));
  });
});

describe("options", () => {
  test("leave top-level names out, and no others", () => {
    const ignore = new Set(["rev", "_etag"]);
    const record = { rev: 1, a: { rev: 2 }, _etag: "x" };
    expect(digest(record, { ignore })).toBe(digest({ a: { rev: 2 } }));
    expect(digest(record, { ignore })).not.toBe(digest({ a: {} }, { ignore }));
    expect(digest(record)).not.toBe(digest(record, { ignore }));
    expect(digest({ rev: record }, { ignore })).toBe(digest({}));
    expect(digest([record], { ignore })).toBe(digest([record]));
    const names = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`n${i}`, i]));
    expect(digest({ ...names, rev: 1 }, { ignore })).toBe(digest(names));
  });

  test("give the bytes of Blobs, and a Blob is its stand-in", () => {
    const file = new File(["ab"], "n", { type: "text/plain", lastModified: 5 });
    const bytes = new TextEncoder().encode("ab");
    const value = new BlobValue({ type: "text/plain", size: 2, bytes, name: "n", lastModified: 5 });
    expect(digest([file], { bytesOf: () => bytes })).toBe(digest([value]));
  });

  test("digestInto writes where it is told and nowhere else, and nothing when it fails", () => {
    const target = new Uint8Array(20).fill(9);
    digester.digestInto({ a: 1 }, target, 2);
    expect([...target.subarray(0, 2), ...target.subarray(18)]).toEqual([9, 9, 9, 9]);
    expect(digestsEqual(target.subarray(2, 18), digester.digest({ a: 1 }))).toBe(true);
    const before = target.slice();
    expect(errorOf(() => digester.digestInto([() => 1], target, 0)).code).toBe("not-cloneable");
    expect(target).toEqual(before);
  });
});

describe("refusals", () => {
  const detached = new ArrayBuffer(4);
  structuredClone(detached, { transfer: [detached] });
  test.each<[string, unknown]>([
    ["a function", { a: () => 1 }],
    ["a symbol", Symbol("s")],
    ["a detached buffer", [detached]],
    ["a view of shared memory", new Uint8Array(new SharedArrayBuffer(1))],
  ])("of %s, after which the digester works on", (_, value) => {
    expect(errorOf(() => digester.digest(value)).code).toBe("not-cloneable");
    expect(digest({ a: [x] })).toBe(Buffer.from(new Digester().digest({ a: [x] })).toString("hex"));
  });

  test("of Blobs without bytes, all named", () => {
    const blob = new Blob(["a"]);
    const described = new BlobValue({ type: "", size: 1 });
    const error = errorOf(() => digester.digest({ a: blob, b: [described] }));
    expect([error.code, error.blobs]).toEqual(["needs-bytes", [blob, described]]);
  });
});

test("digestsEqual compares 16 bytes", () => {
  const a = digester.digest(1);
  expect(digestsEqual(a, a.slice())).toBe(true);
  for (let i = 0; i < 16; i++) {
    const b = a.slice();
    b[i] = (b[i] ?? 0) ^ 1;
    expect(digestsEqual(a, b)).toBe(false);
  }
  expect(digestsEqual(a, a.slice(0, 15))).toBe(false);
  expect(digestsEqual(new Uint8Array(0), new Uint8Array(0))).toBe(false);
});
