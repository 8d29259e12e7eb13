import { describe, expect, test } from "vitest";
import {
  decodeCollectionInit,
  decodeCollectionMeta,
  encodeCollectionInit,
  encodeCollectionMeta,
} from "../../../core/protocol/collection-meta.ts";
import type { CollectionMeta } from "../../../core/session/ports.ts";

const odd = "\ud800 \0 😀 __proto__";
const meta: CollectionMeta = {
  format: 1,
  collection: "shop",
  incarnation: "0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d",
  projectionId: "all",
  purgeWatermark: 0,
  fenceEpoch: 0,
  localSchema: {
    identity: { storageKey: "https://a.example", bucket: "", database: odd, store: odd },
    databaseVersion: 2,
    schema: {
      name: odd,
      keyPath: ["a", odd],
      autoIncrement: true,
      indexes: [{ name: odd, keyPath: "b", unique: true, multiEntry: false }],
      count: 12,
    },
    database: {
      version: 2,
      stores: [
        { name: odd, keyPath: ["a", odd], autoIncrement: false, indexes: [] },
        { name: "numbered", keyPath: null, autoIncrement: true, indexes: [], nextKey: 8 },
        { name: "full", keyPath: "a.b", autoIncrement: true, indexes: [], nextKey: null },
      ],
    },
  },
};

describe("the meta record", () => {
  test("comes back as it went, with names that UTF-8 cannot hold", () => {
    const text = encodeCollectionMeta(meta);
    expect(text.isWellFormed()).toBe(true);
    expect(decodeCollectionMeta(text)).toEqual(meta);
    const { collection, projectionId, localSchema } = meta;
    const init = { collection, projectionId, localSchema };
    expect(decodeCollectionInit(encodeCollectionInit(init))).toEqual(init);
  });

  test("of a newer format is named as such, whatever else it holds", () => {
    expect(() => decodeCollectionMeta('{"format":2,"anything":true}')).toThrow(
      expect.objectContaining({
        code: "newer-format",
        message: expect.stringContaining("update Driftscope"),
      }),
    );
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["a wrong field", JSON.stringify({ ...meta, incarnation: "x" }), "incarnation"],
    ["a missing field", JSON.stringify({ ...meta, localSchema: undefined }), "localSchema"],
    [
      "a wrong inner field",
      JSON.stringify({ ...meta, localSchema: { ...meta.localSchema, databaseVersion: "2" } }),
      "localSchema.databaseVersion",
    ],
  ])("with %s is refused with the place", (_, text, place) => {
    expect(() => decodeCollectionMeta(text)).toThrow(
      expect.objectContaining({ code: "malformed-frame", message: expect.stringContaining(place) }),
    );
  });
});
