import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { CodecError } from "../../../core/codec/codec-error.ts";
import { type DecodeOptions, decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { findDifference } from "../../property/codec/same-graph.ts";

function errorOf(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("no error");
}

function nested(depth: number, wrap: (inner: unknown, level: number) => unknown): unknown {
  let value: unknown = "innermost";
  for (let level = 0; level < depth; level++) value = wrap(value, level);
  return value;
}

const shared = { x: 1 };
const cyclic: Record<string, unknown> = { name: "c" };
cyclic.self = cyclic;
const cyclicMap = new Map<unknown, unknown>();
cyclicMap.set(cyclicMap, new Set([cyclicMap]));
const buffer = new ArrayBuffer(8);
const resizable = new ArrayBuffer(4, { maxByteLength: 16 });
const sparse: unknown[] = [1, 2, 3];
delete sparse[1];
const extended = Object.assign(["a"], { extra: true });
const withProto = JSON.parse('{"__proto__":{"polluted":1},"a":null}');
const error = new TypeError("no", { cause: -0 });
error.stack = "here";
const date = new Date(5);

describe("the text", () => {
  // These texts are stored in backends: a change of any of them is a new version of the format.
  test.each<[string, unknown, string]>([
    ["a record", { b: 1, a: ["x", null, true, 1.5] }, '{"b":1,"a":["x",null,true,1.5]}'],
    ["a string", "x", '"x"'],
    ["a lone surrogate and NUL", "\ud800\0", '"\\ud800\\u0000"'],
    ["an own __proto__", withProto, '{"__proto__":{"polluted":1},"a":null}'],
    ["a toJSON that is data", { toJSON: "x" }, '{"toJSON":"x"}'],
    ["strings that look like escapes", ["~", "~r0", "#1", "~#map"], '#1[["~~","~~r0","#1","~~#map"]]'],
    [
      "what JSON has no word for",
      [undefined, Number.NaN, Infinity, -Infinity, -0, 255n, -1n, 0n],
      '#1[["~undefined","~NaN","~Infinity","~-Infinity","~-0","~nff","~n-1","~n0"]]',
    ],
    ["Dates", [new Date(0), new Date(-1), new Date(Number.NaN)], '#1[["~d0","~d-1","~dNaN"]]'],
    ["a shared object", { a: shared, b: shared }, '#1[{"a":{"x":1},"b":"~r1"}]'],
    ["a shared Date", [date, date], '#1[["~d5","~r1"]]'],
    ["a cycle", cyclic, '#1[{"name":"c","self":"~r0"}]'],
    ["a Map in itself", cyclicMap, '#1[["~#map","~r0",["~#set","~r0"]]]'],
    ["holes", sparse, '#1[["~#array",3,{"0":1,"2":3}]]'],
    ["only holes", new Array(2 ** 32 - 1), '#1[["~#array",4294967295,{}]]'],
    ["an array's own properties", extended, '#1[["~#array",1,{"0":"a","extra":true}]]'],
    ["a RegExp", /a\/"/giu, '#1[["~#regexp","a\\\\/\\"","giu"]]'],
    [
      "boxed primitives",
      [Object(1), Object("~"), Object(-2n)],
      '#1[[["~#boxed",1],["~#boxed","~~"],["~#boxed","~n-2"]]]',
    ],
    ["an Error", error, '#1[["~#error","TypeError",{"message":"no","stack":"here","cause":"~-0"}]]'],
    ["bytes", new Uint8Array([0, 1, 2]), '#1["~bAAEC"]'],
    ["a buffer", new Uint8Array([255]).buffer, '#1[["~#buffer","/w=="]]'],
    ["a resizable buffer", resizable, '#1[["~#buffer","AAAAAA==",16]]'],
    [
      "views of one buffer",
      [new Uint16Array(buffer, 2, 1), new DataView(buffer), buffer, new Uint8Array(buffer)],
      '#1[[["~#view","Uint16Array",["~#buffer","AAAAAAAAAAA="],2,1],["~#view","DataView","~r2",0,8],"~r2",' +
        '["~#view","Uint8Array","~r2",0,8]]]',
    ],
    [
      "views that follow their buffer, and views that do not",
      [new Uint8Array(resizable), new Uint8Array(resizable, 0, 4), new DataView(resizable, 4)],
      '#1[[["~#view","Uint8Array",["~#buffer","AAAAAA==",16],0,null],["~#view","Uint8Array","~r2",0,4],' +
        '["~#view","DataView","~r2",4,null]]]',
    ],
  ])("of %s", (_, value, text) => {
    expect(encodeValue(value)).toBe(text);
    const decoded = decodeValue(text);
    expect(findDifference(decoded, structuredClone(value))).toBeUndefined();
    expect(encodeValue(decoded)).toBe(text);
  });

  test("tells whether a view follows its buffer when that cannot grow, or is empty", () => {
    const full = new ArrayBuffer(8, { maxByteLength: 8 });
    const empty = new ArrayBuffer(0, { maxByteLength: 8 });
    const views = [
      new Float64Array(full),
      new Float64Array(full, 0, 1),
      new Uint8Array(full, 4),
      new Uint8Array(full, 4, 4),
      new Uint8Array(empty),
      new Uint8Array(empty, 0, 0),
    ];
    const decoded = decodeValue(encodeValue([full, empty, ...views])) as [
      ArrayBuffer,
      ArrayBuffer,
      ...Uint8Array[],
    ];
    const [decodedFull, decodedEmpty, ...decodedViews] = decoded;
    decodedFull.resize(6);
    decodedEmpty.resize(4);
    // Beyond its buffer, a view of fixed length is empty, and so is a Float64Array over six bytes.
    expect(decodedViews.map((view) => view.byteLength)).toEqual([0, 0, 2, 0, 4, 0]);
    decodedFull.resize(8);
    expect(decodedViews.map((view) => view.byteLength)).toEqual([8, 8, 4, 4, 4, 0]);
  });

  test("does not share an error's cause of undefined with no cause", () => {
    const withCause = decodeValue(encodeValue(new Error("a", { cause: undefined }))) as Error;
    expect(Object.hasOwn(withCause, "cause")).toBe(true);
    expect(Object.hasOwn(decodeValue(encodeValue(new Error("a"))) as Error, "cause")).toBe(false);
  });

  test("keeps of an unusual error what structured cloning keeps", () => {
    class Custom extends RangeError {
      override name = "Custom";
      code = 7;
    }
    const decoded = decodeValue(encodeValue(new Custom("m"))) as Error;
    expect(Object.getPrototypeOf(decoded)).toBe(Error.prototype);
    expect([decoded.name, decoded.message, Object.keys(decoded)]).toEqual(["Error", "m", []]);
  });
});

describe("depth", () => {
  test.each<[string, (inner: unknown, level: number) => unknown]>([
    ["objects", (inner) => ({ inner })],
    ["arrays", (inner) => [inner]],
    ["Maps, by key and by value", (inner, level) => new Map(level % 2 ? [[inner, 1]] : [[1, inner]])],
    ["Sets", (inner) => new Set([inner])],
    ["causes of errors", (cause) => Object.assign(new Error("e", { cause }), { stack: "s" })],
    ["arrays with holes", (inner) => Object.assign([], { 3: inner })],
    ["objects beside other members", (inner) => ({ before: [1], inner, after: new Date(1) })],
  ])("of 5,000 %s passes both ways", (_, wrap) => {
    const value = nested(5000, wrap);
    const text = encodeValue(value);
    const decoded = decodeValue(text);
    expect(findDifference(decoded, value)).toBeUndefined();
    expect(encodeValue(decoded)).toBe(text);
  });

  test("of 50,000 passes too, and references lead across rows", () => {
    const innermost: Record<string, unknown> = {};
    let value: Record<string, unknown> = innermost;
    for (let level = 0; level < 50_000; level++) value = { value, innermost };
    innermost.outermost = value;
    const decoded = decodeValue(encodeValue(value));
    expect(findDifference(decoded, value)).toBeUndefined();
  });

  test("of plain JSON from elsewhere is no matter", () => {
    const text = "[".repeat(50_000) + "]".repeat(50_000);
    expect(decodeValue(encodeValue(decodeValue(text)))).toHaveLength(1);
  });
});

describe("values of another realm", () => {
  const script = `({
    text: "x", list: [1, [2]], date: new Date(1), map: new Map([[1, { a: undefined }]]), set: new Set([1]),
    bytes: new Uint8Array([1]), part: new Uint16Array(new ArrayBuffer(8), 2, 1), regexp: /x/g,
    boxed: Object("b"), big: Object(1n), error: Object.assign(new RangeError("r"), { stack: "s" }),
    nothing: null, none: undefined, empty: {}, bare: Object.create(null)
  })`;
  const hostile = `
    Object.prototype.toJSON = () => "lie";
    Object.prototype.inherited = 1;
    Array.prototype.toJSON = () => "lie";
    Array.prototype[1] = "lie";
    Date.prototype.getTime = () => 7;
    Date.prototype.toJSON = () => "lie";
    for (const Class of [Date, Map, Set, Array, Uint8Array, ArrayBuffer, RegExp, String, BigInt]) {
      Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: "Object", configurable: true });
    }
    Object.defineProperty(Map.prototype, "size", { get: () => 0 });
    Map.prototype.forEach = Set.prototype.forEach = () => {};
    Map.prototype[Symbol.iterator] = Set.prototype[Symbol.iterator] = function* () {};
    Object.defineProperty(RegExp.prototype, "flags", { get: () => "y" });
    Object.setPrototypeOf(Date.prototype, null);`;
  const here = encodeValue(new Function(`return ${script}`)());

  test("give the same text", () => {
    expect(encodeValue(runInNewContext(script))).toBe(here);
  });

  test("give the same text when their page has patched every prototype", () => {
    expect(encodeValue(runInNewContext(`${hostile}\n${script}`))).toBe(here);
  });

  test("keep their holes where the page fills them", () => {
    expect(encodeValue(runInNewContext(`${hostile}\nconst a = [1, 0, 3]; delete a[1]; a`))).toBe(
      '#1[["~#array",3,{"0":1,"2":3}]]',
    );
  });
});

describe("when this realm itself was tampered with", () => {
  const tampered = (action: () => void) => {
    Object.defineProperty(Object.prototype, "toJSON", { value: () => "lie", configurable: true });
    Object.defineProperty(Object.prototype, "seen", { value: 1, configurable: true, enumerable: true });
    try {
      action();
    } finally {
      Reflect.deleteProperty(Object.prototype, "toJSON");
      Reflect.deleteProperty(Object.prototype, "seen");
    }
  };

  test("the text is the same, both ways", () => {
    const value = { list: [1, { a: "~" }], map: new Map([[1, [undefined]]]), text: "x" };
    const text = encodeValue(value);
    const plain = encodeValue({ list: [1, { a: "" }] });
    const texts: string[] = [];
    tampered(() => {
      texts.push(encodeValue(value), encodeValue(decodeValue(text)), encodeValue({ list: [1, { a: "" }] }));
    });
    expect(texts).toEqual([text, text, plain]);
  });
});

describe("refusals", () => {
  const detached = new ArrayBuffer(4);
  const viewOfDetached = new Uint8Array(detached);
  structuredClone(detached, { transfer: [detached] });
  const shrunk = new ArrayBuffer(8, { maxByteLength: 8 });
  const beyond = new Uint8Array(shrunk, 4, 4);
  shrunk.resize(2);
  test.each<[string, unknown]>([
    ["a function", () => 1],
    ["a symbol", [Symbol("s")]],
    ["a detached buffer", detached],
    ["a view of one", { a: viewOfDetached }],
    ["a view of shared memory", new Uint8Array(new SharedArrayBuffer(2))],
    ["a view beyond its buffer", beyond],
  ])("of %s", (_, value) => {
    expect(errorOf(() => encodeValue(value)).code).toBe("not-cloneable");
    expect(encodeValue({ next: ["value", {}] })).toBe('{"next":["value",{}]}');
  });

  const table = (...rows: unknown[]) => `#1${JSON.stringify(rows)}`;
  test.each<[string, string]>([
    ["nothing", ""],
    ["something else", "<xml/>"],
    ["half a text", '{"a":'],
    ["a later version", '#2["x"]'],
    ["no rows", "#1[]"],
    ["rows that are no array", '#1{"0":1}'],
    ["an unknown escape", table("~x")],
    ["an unknown tag", table(["~#weird", 1])],
    ["a reference to what was not met", table(["~r1"])],
    ["a reference that is no number", table(["~r01"])],
    ["a row that is not there", table(["~@1"])],
    ["a row out of order", table(["~@2", "~@1"], [], [])],
    ["a row named twice", table(["~@1", "~@1"], [])],
    ["a row that nothing names", table(1, [])],
    ["a row that is no object", table(["~@1"], "~d1")],
    ["a Date between two milliseconds", table("~d0.5")],
    ["a Date out of range", table("~d8640000000000001")],
    ["a Date spelled otherwise", table("~d1e3")],
    ["a Date spelled -0", table("~d-0")],
    ["an ill-formed BigInt", table("~n0f")],
    ["base64 with another character", table("~bAA*=")],
    ["base64 of another length", table("~bAAA")],
    ["base64 with unused bits", table("~bAB==")],
    ["base64 padding within", table("~bAA==AAAA")],
    ["a Map without a last value", table(["~#map", 1])],
    ["a Map with a key twice", table(["~#map", 1, 1, 1, 2])],
    ["a Set with a value twice", table(["~#set", "~NaN", "~NaN"])],
    ["an array of negative length", table(["~#array", -1, {}])],
    ["an array beyond its length", table(["~#array", 1, { 1: 1 }])],
    ["an array that sets its length", table(["~#array", 1, { length: 0 }])],
    ["an array without its elements", table(["~#array", 1])],
    ["a regular expression that is none", table(["~#regexp", "(", ""])],
    ["a boxed object", table(["~#boxed", {}])],
    ["a boxed Date", table(["~#boxed", "~d1"])],
    ["a boxed null", table(["~#boxed", null])],
    ["an error of another name", table(["~#error", "AggregateError", {}])],
    ["an error with more", table(["~#error", "Error", { errors: [] }])],
    ["an error whose message is no string", table(["~#error", "Error", { message: 1 }])],
    ["a view of another type", table(["~#view", "Object", ["~#buffer", ""], 0, 0])],
    ["a view of no buffer", table([{}, ["~#view", "Uint8Array", "~r1", 0, 0]])],
    ["a view of itself", table(["~#view", "Uint8Array", "~r0", 0, 0])],
    ["a view beyond its buffer", table(["~#view", "Uint8Array", ["~#buffer", "AA=="], 0, 2])],
    ["a view that is not aligned", table(["~#view", "Uint16Array", ["~#buffer", "AAAA"], 1, 1])],
    ["a view that would follow a fixed buffer", table(["~#view", "Uint8Array", ["~#buffer", ""], 0, null])],
    ["a buffer beyond its maximum", table(["~#buffer", "AAAA", 2])],
    ["an image of another size", table(["~#image", 2, 2, "srgb", "AAAA"])],
    ["a row nested too deep", `#1[${"[".repeat(150)}${"]".repeat(150)}]`],
    ["a row nested endlessly", `#1[${"[".repeat(50_000)}${"]".repeat(50_000)}]`],
  ])("of a text that is %s", (_, text) => {
    expect(errorOf(() => decodeValue(text)).code).toBe("malformed-value");
  });

  test("of what is no text at all", () => {
    expect(errorOf(() => decodeValue(undefined as unknown as string)).code).toBe("malformed-value");
  });

  test.each<[string, string, DecodeOptions]>([
    ["a long text", '"abc"', { limits: { maxLength: 4 } }],
    ["many members in plain form", "[1,[2,3]]", { limits: { maxNodes: 3 } }],
    ["many members in rows", '#1[["~~",[2,3]]]', { limits: { maxNodes: 3 } }],
    ["many short arrays of holes", table(["~#array", 1000, {}]), { limits: { maxNodes: 999 } }],
    [
      "reserved memory",
      table(["~#buffer", "", 100], ["~#buffer", "", 100]),
      { limits: { maxReservedBytes: 99 } },
    ],
  ])("of %s, by a limit", (_, text, options) => {
    expect(errorOf(() => decodeValue(text, options)).code).toBe("too-large");
  });

  test("of nothing within the limits", () => {
    expect(decodeValue("[1,[2,3]]", { limits: { maxNodes: 4, maxLength: 9 } })).toEqual([1, [2, 3]]);
  });

  test("a huge array of holes takes no memory", () => {
    const text = table(...[Array.from({ length: 1000 }, () => ["~#array", 30_000_000, { 29999999: 1 }])]);
    const before = process.memoryUsage().rss;
    const arrays = decodeValue(text) as unknown[][];
    expect(arrays[999]).toHaveLength(30_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });
});

test("an encoder that is asked for another value meanwhile keeps both apart", () => {
  const inner = { shared, again: shared };
  const value = { first: shared, blob: new Blob(["x"]), last: shared };
  const text = encodeValue(value, { bytesOf: () => new TextEncoder().encode(encodeValue(inner)) });
  expect(text).toContain('"last":"~r1"');
  expect(Buffer.from(/"~#blob","","([^"]*)"/.exec(text)?.[1] ?? "", "base64").toString()).toBe(
    encodeValue(inner),
  );
});
