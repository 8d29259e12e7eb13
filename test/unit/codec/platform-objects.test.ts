import { describe, expect, test, vi } from "vitest";
import { CodecError } from "../../../core/codec/codec-error.ts";
import { decodeValue } from "../../../core/codec/decode-value.ts";
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { inspectValue } from "../../../core/codec/inspect-value.ts";
import { BlobValue, ImageDataValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { readBlobs } from "../../../core/codec/read-blobs.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const blob = new Blob([bytes(1, 2, 3)], { type: "image/png" });
const file = new File([bytes(4, 5)], "notes.txt", { type: "text/plain", lastModified: 1234 });
const maxBytes = 1000;

async function codeOf(action: () => unknown): Promise<CodecError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("Blob and File", () => {
  test("are encoded with their bytes, once each, and decoded as stand-ins of the same text", async () => {
    const value = { blob, file, again: blob };
    const read = await readBlobs(value, { maxBytes });
    const text = encodeValue(value, { bytesOf: (one) => read.get(one) });
    expect(text).toBe(
      '#1[{"blob":["~#blob","image/png","AQID"],"file":["~#file","notes.txt","text/plain",1234,"BAU="],"again":"~r1"}]',
    );
    const decoded = decodeValue(text) as { blob: BlobValue; file: BlobValue; again: BlobValue };
    expect(decoded.blob).toEqual(new BlobValue({ type: "image/png", size: 3, bytes: bytes(1, 2, 3) }));
    expect(decoded.file).toMatchObject({
      name: "notes.txt",
      lastModified: 1234,
      type: "text/plain",
      size: 2,
    });
    expect(decoded.again).toBe(decoded.blob);
    expect(encodeValue(decoded)).toBe(text);
  });

  test("are built for real by a platform factory", async () => {
    const text = '#1[["~#file","notes.txt","text/plain",1234,"BAU="]]';
    const decoded = decodeValue(text, {
      platform: {
        blob: (content, type) => new Blob([new Uint8Array(content)], { type }),
        file: (content, name, type, lastModified) =>
          new File([new Uint8Array(content)], name, { type, lastModified }),
        imageData: () => ({}),
      },
    }) as File;
    expect(decoded).toBeInstanceOf(File);
    expect([decoded.name, decoded.type, decoded.lastModified]).toEqual(["notes.txt", "text/plain", 1234]);
    expect(new Uint8Array(await decoded.arrayBuffer())).toEqual(bytes(4, 5));
  });

  test("are told when the engine cannot build them", async () => {
    const cannot = () => {
      throw new TypeError("no");
    };
    const platform = { blob: cannot, file: cannot, imageData: cannot };
    const error = await codeOf(() => decodeValue('#1[["~#blob","",""]]', { platform }));
    expect(error.code).toBe("unsupported-type");
  });

  test("without bytes are all named", async () => {
    const described = new BlobValue({ type: "", size: 9 });
    const value = [blob, { file }, described, blob];
    const error = await codeOf(() =>
      encodeValue(value, { bytesOf: (one) => (one === blob ? bytes() : undefined) }),
    );
    expect(error.code).toBe("needs-bytes");
    expect(error.blobs).toEqual([file, described]);
  });

  test("are read only within the limit, all together", async () => {
    const read = vi.fn((one: Blob) => one.arrayBuffer());
    const error = await codeOf(() => readBlobs([blob, file], { maxBytes: 4, read }));
    expect(error.code).toBe("too-large");
    expect(read).not.toHaveBeenCalled();
    expect((await readBlobs([blob, file], { maxBytes: 5, read })).size).toBe(2);
  });

  test("that cannot be read are told, as are stand-ins without bytes", async () => {
    const read = () => Promise.reject(new DOMException("changed on disk", "NotReadableError"));
    const unreadable = await codeOf(() => readBlobs({ blob }, { maxBytes, read }));
    expect([unreadable.code, unreadable.blobs]).toEqual(["unreadable-blob", [blob]]);
    const described = new BlobValue({ type: "", size: 9 });
    expect((await codeOf(() => readBlobs(described, { maxBytes }))).code).toBe("needs-bytes");
    expect(await readBlobs(new BlobValue({ type: "", size: 1, bytes: bytes(1) }), { maxBytes })).toEqual(
      new Map(),
    );
  });
});

describe("opaque objects", () => {
  test("are described, never copied", async () => {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
    const text = encodeValue({ key });
    expect(text).toBe('#1[{"key":["~#opaque","CryptoKey","secret AES-GCM"]}]');
    expect(decodeValue(text)).toEqual({ key: new OpaqueValue("CryptoKey", "secret AES-GCM") });
    expect(encodeValue(decodeValue(text))).toBe(text);
  });

  test.each<[string, object]>([
    ["URL", new URL("https://example.org")],
    ["DOMException", new DOMException("m", "DataError")],
    ["Promise", Promise.resolve()],
    ["SharedArrayBuffer", new SharedArrayBuffer(1)],
    ["Custom", new (class Custom {})()],
  ])("of type %s are what they say", (typeName, object) => {
    expect(decodeValue(encodeValue(object))).toMatchObject({ typeName });
  });

  test("cannot break the encoder", () => {
    const sly = new Proxy(new (class Sly {})(), {
      get: () => {
        throw new Error("got you");
      },
    });
    expect(decodeValue(encodeValue([sly]))).toEqual([new OpaqueValue("Object", "")]);
  });
});

describe("inspectValue", () => {
  test("finds blobs and opaque objects wherever they are, once", () => {
    const opaque = new OpaqueValue("CryptoKey", "secret");
    const cyclic: unknown[] = [blob];
    cyclic.push(
      cyclic,
      new Map([[{ opaque }, new Set([file])]]),
      new Error("e", { cause: { deep: new URL("a:b") } }),
    );
    const inspection = inspectValue({ cyclic, opaque });
    expect(new Set(inspection.blobs)).toEqual(new Set([blob, file]));
    expect(inspection.blobBytes).toBe(5);
    expect([...inspection.opaque].sort()).toEqual(["CryptoKey (secret)", "URL"]);
  });

  test("finds nothing in what is plain, however deep", () => {
    let deep: unknown = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(inspectValue(deep)).toEqual({ opaque: [], blobs: [], blobBytes: 0 });
  });
});

describe("ImageData", () => {
  test("as a stand-in comes back", () => {
    const text = encodeValue(new ImageDataValue(1, 1, "srgb", bytes(1, 2, 3, 4)));
    expect(text).toBe('#1[["~#image",1,1,"srgb","AQIDBA=="]]');
    expect(decodeValue(text)).toEqual(new ImageDataValue(1, 1, "srgb", bytes(1, 2, 3, 4)));
  });

  test("where the engine has it is read through its own slots", async () => {
    // Node has none: this one has private slots too, as a browser's does.
    class ImageData {
      readonly #pixels: Uint8ClampedArray | Float32Array;
      constructor(pixels: Uint8ClampedArray | Float32Array) {
        this.#pixels = pixels;
      }
      get data() {
        return this.#pixels;
      }
      get width() {
        return this.#pixels.length / 4;
      }
      get height() {
        return this.#pixels.length / this.#pixels.length;
      }
      get colorSpace() {
        return this.#pixels === undefined ? "" : "display-p3";
      }
    }
    vi.stubGlobal("ImageData", ImageData);
    vi.resetModules();
    try {
      const fresh = await import("../../../core/codec/encode-value.ts");
      const image = new ImageData(Uint8ClampedArray.of(1, 2, 3, 4, 5, 6, 7, 8));
      expect(fresh.encodeValue(image)).toBe('#1[["~#image",2,1,"display-p3","AQIDBAUGBwg="]]');
      expect(fresh.encodeValue(new ImageData(new Float32Array(4)))).toContain("~#opaque");
      expect(fresh.encodeValue(Object.create(ImageData.prototype))).toContain("~#opaque");
    } finally {
      vi.unstubAllGlobals();
      vi.resetModules();
    }
  });
});
