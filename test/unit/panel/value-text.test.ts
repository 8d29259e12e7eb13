import { describe, expect, test } from "vitest";
import { BlobValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { typeName } from "../../../extension/panel/format/value-kinds.ts";
import { lineText, visible } from "../../../extension/panel/format/value-text.ts";

describe("values on one line", () => {
  test.each([
    ["draft", '"draft"'],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [12n, "12n"],
    [undefined, "undefined"],
    [null, "null"],
    [new Date(Number.NaN), "Invalid Date"],
    [new Map([["a", 1]]), '{"a" → 1}'],
    [new Set([1, "x"]), '{1, "x"}'],
    [new Uint8Array([1, 2]).buffer, "01 02"],
    [Float32Array.of(0.5, -0), "[0.5, -0]"],
    [Object(5), "Object(5)"],
    [/a/g, "/a/g"],
    [new RangeError("no"), "RangeError: no"],
    [{ a: 1, b: [true] }, "{a 1, b [true]}"],
    [new BlobValue({ type: "image/jpeg", size: 2_412_331 }), "image/jpeg, 2.4 MB"],
    [new OpaqueValue("CryptoKey", "AES-GCM 256"), "AES-GCM 256"],
  ])("%o reads %s", (value, text) => {
    expect(lineText(value)).toBe(text);
  });

  test("holes are not undefined", () => {
    const sparse: unknown[] = [undefined];
    sparse[2] = 1;
    expect(lineText(sparse)).toBe("[undefined, empty, 1]");
  });

  test("dates carry milliseconds and zone when they are shown in full", () => {
    expect(lineText(new Date(0), { fullDates: true })).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:00\.000 [-+]\d\d:\d\d$/,
    );
  });

  test("what cannot be seen is written as an escape", () => {
    expect(visible("a\u202eb\u0000\n\ud800")).toBe("a\\u202eb\\u0000\\n\\ud800");
    expect(visible("😀 né")).toBe("😀 né");
  });

  test("a long or endless value costs no more than its line", () => {
    const endless: unknown[] = [];
    endless.length = 4_000_000_000;
    expect(lineText(endless, { budget: 50 }).length).toBeLessThan(120);
    expect(lineText("x".repeat(1e6), { budget: 50 }).length).toBeLessThan(60);
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(lineText(loop)).toBe("{self {self {self {…}}}}");
  });
});

describe("type names", () => {
  test.each([
    [1n, "BigInt"],
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "Array(2)"],
    [{ a: 1 }, "Object(1)"],
    [new Map([[1, 1]]), "Map(1)"],
    [new Float32Array(24), "Float32Array(24)"],
    [new ArrayBuffer(412), "ArrayBuffer(412)"],
    [new DataView(new ArrayBuffer(3)), "DataView(3)"],
    [new BlobValue({ type: "", size: 1, name: "a.txt" }), "File"],
    [new OpaqueValue("CryptoKey", ""), "CryptoKey"],
    [Object("s"), "String object"],
  ])("%o is %s", (value, name) => {
    expect(typeName(value)).toBe(name);
  });
});
