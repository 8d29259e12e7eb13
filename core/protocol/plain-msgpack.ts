/**
 * Walks a MessagePack text without building anything, before msgpackr sees it.
 *
 * msgpackr understands far more than our frames use (records that compile readers, shared strings, Sets,
 * Errors, bundled strings, all through extension types). A peer that is not ours may send any of it, so a
 * frame with an extension, too deep a nesting or a length beyond its end is refused here.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { MAX_FRAME_DEPTH, MAX_FRAME_VALUES } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";

const malformed = (why: string): ProtocolError =>
  new ProtocolError("malformed-frame", `The frame is not plain MessagePack: ${why}.`);

/** Bytes of the fixed-size scalars by token; -1 = handled on its own or not allowed. */
const scalarBytes = (token: number): number => {
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return 0;
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return 1;
    case 0xcd:
    case 0xd1:
      return 2;
    case 0xca: // float 32
    case 0xce:
    case 0xd2:
      return 4;
    case 0xcb: // float 64
    case 0xcf:
    case 0xd3:
      return 8;
    default:
      return -1;
  }
};

/** @throws ProtocolError "malformed-frame" unless `bytes` is exactly one value of plain MessagePack. */
export function assertPlainMsgpack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  /** Values still to come on each level that is open. */
  const open: number[] = [1];
  let position = 0;
  let values = 0;

  const skip = (count: number): void => {
    if (count > end - position) throw malformed("a value ends beyond the frame");
    position += count;
  };
  const length = (size: 1 | 2 | 4): number => {
    skip(size);
    const at = position - size;
    return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
  };
  const enter = (count: number): void => {
    if (open.length >= MAX_FRAME_DEPTH) throw malformed("it is nested too deep");
    if (count > end - position) throw malformed("a list is longer than the frame");
    open.push(count);
  };

  while (open.length > 0) {
    const level = open.length - 1;
    const left = open[level] ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[level] = left - 1;
    if (++values > MAX_FRAME_VALUES) throw malformed("it holds too many values");
    const token = length(1);
    const scalar = scalarBytes(token);
    if (token < 0x80 || token >= 0xe0) continue;
    if (scalar >= 0) skip(scalar);
    else if (token < 0x90) enter((token & 0x0f) * 2);
    else if (token < 0xa0) enter(token & 0x0f);
    else if (token < 0xc0) skip(token & 0x1f);
    else if (token === 0xc4 || token === 0xd9) skip(length(1));
    else if (token === 0xc5 || token === 0xda) skip(length(2));
    else if (token === 0xc6 || token === 0xdb) skip(length(4));
    else if (token === 0xdc) enter(length(2));
    else if (token === 0xdd) enter(length(4));
    else if (token === 0xde) enter(length(2) * 2);
    else if (token === 0xdf) enter(length(4) * 2);
    else throw malformed(`the type 0x${token.toString(16)} is not used`);
  }
  if (position !== end) throw malformed("more follows after its end");
}
