/** One frame = one binary WebSocket message = one MessagePack map with the frame's type under `t`. */
import { Packr, Unpackr } from "msgpackr/index-no-eval";
import * as v from "valibot";
import { MAX_FRAME_BYTES } from "./limits.ts";
import { assertPlainMsgpack } from "./plain-msgpack.ts";
import { ProtocolError } from "./protocol-error.ts";

const packr = new Packr({ useRecords: false, mapsAsObjects: true, moreTypes: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });

/** A frame whose request is known although the rest of it is not understood. */
export class FrameError extends ProtocolError {
  /** The request that the frame belongs to, where it names one. */
  readonly requestId: number | undefined;

  constructor(cause: ProtocolError, requestId: number | undefined) {
    super(cause.code, cause.message, { cause });
    this.requestId = requestId;
  }
}

/** @throws ProtocolError "frame-too-large" */
export function encodeFrame(frame: { readonly t: string }): Uint8Array<ArrayBuffer> {
  const packed = packr.pack(frame);
  if (packed.length > MAX_FRAME_BYTES) {
    throw new ProtocolError(
      "frame-too-large",
      `A "${frame.t}" frame of ${packed.length} bytes is over the limit of ${MAX_FRAME_BYTES}; send less at once.`,
    );
  }
  // msgpackr packs into a buffer that it goes on using: its result is only ours once it is copied.
  return new Uint8Array(packed);
}

const requestIdOf = (value: object): number | undefined => {
  const id = "id" in value ? value.id : undefined;
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
};

/**
 * Binaries in the result are views of `message`.
 * @throws FrameError "frame-too-large", "malformed-frame" or "unknown-frame"
 */
export function decodeFrame<Frame>(
  message: Uint8Array,
  schema: v.GenericSchema<unknown, Frame>,
  types: ReadonlySet<string>,
  maxBytes = MAX_FRAME_BYTES,
): Frame {
  if (message.length > maxBytes) {
    throw new FrameError(
      new ProtocolError(
        "frame-too-large",
        `A frame of ${message.length} bytes is over the limit of ${maxBytes}.`,
      ),
      undefined,
    );
  }
  const value = unpackPlain(message);
  if (typeof value !== "object" || value === null || !("t" in value) || typeof value.t !== "string") {
    throw new FrameError(new ProtocolError("malformed-frame", "The frame has no type."), undefined);
  }
  const requestId = requestIdOf(value);
  if (!types.has(value.t)) {
    const name = JSON.stringify(value.t.slice(0, 40));
    throw new FrameError(
      new ProtocolError("unknown-frame", `Frames of type ${name} are not part of this protocol version.`),
      requestId,
    );
  }
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  const where = v.getDotPath(issue) ?? "the frame";
  throw new FrameError(
    new ProtocolError("malformed-frame", `In a "${value.t}" frame, ${where}: ${issue.message}.`),
    requestId,
  );
}

function unpackPlain(message: Uint8Array): unknown {
  // A plain view: Node's Buffer would make every binary inside a Buffer too, whose slice() shares memory.
  const bytes = new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  try {
    assertPlainMsgpack(bytes);
    return unpackr.unpack(bytes);
  } catch (error) {
    const cause =
      error instanceof ProtocolError
        ? error
        : new ProtocolError("malformed-frame", "The frame cannot be decoded.", { cause: error });
    throw new FrameError(cause, undefined);
  }
}
