import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameError } from "../../../core/protocol/frame-codec.ts";
import { MAX_FRAME_BYTES, MAX_HANDSHAKE_FRAME_BYTES } from "../../../core/protocol/limits.ts";
import { assertPlainMsgpack } from "../../../core/protocol/plain-msgpack.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { readBridgeFrame, readPanelFrame, readPanelHandshake } from "../../../core/protocol/read-frame.ts";

/** A frame that no sender of ours would make. */
const foreign = (value: unknown): Uint8Array => new Uint8Array(new Packr({ useRecords: false }).pack(value));

function errorOf(read: () => unknown): FrameError {
  try {
    read();
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

const scan = { t: "scan", id: 7, connection: "local", collection: "shop", window: 1000 };

describe("frames", () => {
  test("come back as they went, with binaries that are plain views", () => {
    const after = new Uint8Array([0, 255, 7]);
    const frame = readPanelFrame(encodeFrame({ ...scan, after } as { t: string }));
    expect(frame).toEqual({ ...scan, after });
    expect(frame.t === "scan" && frame.after?.constructor).toBe(Uint8Array);
    expect(frame.t === "scan" && frame.after && Buffer.isBuffer(frame.after)).toBe(false);
  });

  test("from a Node Buffer, too, hold no Buffer: its slice() would share memory", () => {
    const bytes = encodeFrame({ t: "entries", id: 1, batch: new Uint8Array([1, 2]) } as { t: string });
    const frame = readBridgeFrame(Buffer.from(bytes));
    expect(frame.t === "entries" && Buffer.isBuffer(frame.batch)).toBe(false);
  });

  test("of an unknown type name their request", () => {
    const error = errorOf(() => readPanelFrame(foreign({ t: "drop everything", id: 12 })));
    expect(error).toMatchObject({ code: "unknown-frame", requestId: 12 });
    expect(error.message).toContain('"drop everything"');
  });

  test.each([
    ["a missing field", { ...scan, collection: undefined }, "collection"],
    ["an unknown field", { ...scan, extra: 1 }, "extra"],
    ["a name with a control character", { ...scan, collection: "a\0b" }, "collection"],
    ["a connection that is a path", { ...scan, connection: "../x" }, "connection"],
    ["a batch size of nothing", { ...scan, batchSize: 0 }, "batchSize"],
    ["a window of nothing", { ...scan, window: 0 }, "window"],
  ])("with %s are refused with the place", (_, value, place) => {
    const error = errorOf(() => readPanelFrame(foreign(JSON.parse(JSON.stringify(value)))));
    expect(error).toMatchObject({ code: "malformed-frame", requestId: 7 });
    expect(error.message).toContain(place);
  });

  test.each([
    ["null", null],
    ["a list", [1]],
    ["a number", 5],
    ["no type", { id: 1 }],
    ["a numeric type", { t: 1 }],
  ])("that are %s are refused", (_, value) => {
    expect(errorOf(() => readPanelFrame(foreign(value))).code).toBe("malformed-frame");
  });

  test("never carry a prototype", () => {
    const bytes = foreign(JSON.parse('{"t":"ping","id":1,"__proto__":{"polluted":true}}'));
    expect(errorOf(() => readPanelFrame(bytes)).code).toBe("malformed-frame");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("over the limit are refused by sender and receiver", () => {
    const huge = { t: "entries", id: 1, batch: new Uint8Array(MAX_FRAME_BYTES) } as { t: string };
    expect(() => encodeFrame(huge)).toThrow(ProtocolError);
    expect(errorOf(() => readBridgeFrame(foreign(huge))).code).toBe("frame-too-large");
    const label = "x".repeat(MAX_HANDSHAKE_FRAME_BYTES);
    expect(errorOf(() => readPanelHandshake(foreign({ t: "hello", label }))).code).toBe("frame-too-large");
  });

  test("cut short or changed anywhere give a typed error or another valid frame, never anything else", () => {
    const bytes = encodeFrame({ ...scan, after: new Uint8Array(5) } as { t: string });
    for (let i = 0; i < bytes.length; i++) {
      expect(errorOf(() => readPanelFrame(bytes.slice(0, i))).code).toBe("malformed-frame");
      for (const flip of [1, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[i] = (changed[i] ?? 0) ^ flip;
        try {
          readPanelFrame(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }
    }
  });
});

describe("plain MessagePack", () => {
  const refused = (...bytes: number[]): void => {
    expect(() => assertPlainMsgpack(new Uint8Array(bytes))).toThrow(
      expect.objectContaining({ code: "malformed-frame" }),
    );
  };

  test("excludes extensions, which msgpackr would build objects and functions from", () => {
    refused(0xd4, 0x72, 0x40); // a record definition
    refused(0xc7, 1, 0x62, 0); // bundled strings
    refused(0xd6, 0x74, 0, 0, 0, 0);
    refused(0xc1);
  });

  test("excludes lists that are longer than the frame, before anything is allocated", () => {
    refused(0xdd, 0xff, 0xff, 0xff, 0xff);
    refused(0xdf, 0x7f, 0xff, 0xff, 0xff);
    refused(0xc6, 0xff, 0xff, 0xff, 0xff);
  });

  test("excludes deep nesting, trailing bytes, and nothing", () => {
    refused(...Array(100).fill(0x91), 0);
    refused(0x01, 0x02);
    refused();
  });

  test("accepts every scalar and container that frames use", () => {
    const value = {
      a: [null, true, false, 1, 200, 70_000, 2 ** 40, -1, -200, 1.5, "x", "y".repeat(300)],
      b: new Uint8Array(70_000),
    };
    expect(() => assertPlainMsgpack(foreign(value))).not.toThrow();
  });
});
