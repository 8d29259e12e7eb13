import { describe, expect, test } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { keyText } from "../../../extension/panel/format/key-text.ts";

describe("keys as text", () => {
  test.each([
    ["v-11838", "v-11838", "string"],
    ["12", '"12"', "string"],
    ["2001-a-space-odyssey-1968", "2001-a-space-odyssey-1968", "string"],
    ["1970-01-01T00:00:00.000Z", '"1970-01-01T00:00:00.000Z"', "string"],
    ["", '""', "string"],
    [" edge", '" edge"', "string"],
    ["NaN", '"NaN"', "string"],
    [12, "12", "number"],
    [-0.5, "-0.5", "number"],
    [new Date(0), "1970-01-01T00:00:00.000Z", "Date"],
    [new Uint8Array([1, 255]).buffer, "0x01ff", "binary"],
    [["user", 7, ["a"]], '["user", 7, ["a"]]', "array"],
  ])("%o reads %s", (key, text, type) => {
    expect(keyText(encodeKey(key))).toEqual({ text, type });
  });

  test("bytes that are no key are shown and not thrown", () => {
    expect(keyText(new Uint8Array([0x99, 1]))).toEqual({ text: "0x9901", type: "unreadable" });
  });
});
