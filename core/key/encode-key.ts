import { bytesOfBuffer, bytesOfView, timeOf } from "../codec/brands.ts";
import { kindOf } from "../codec/object-kind.ts";
import { KeyError, KeyTag, MAX_KEY_DEPTH, TERMINATOR } from "./key.ts";
import { KeyWriter } from "./key-writer.ts";

/** An array whose elements are being written. */
interface OpenArray {
  readonly array: readonly unknown[];
  readonly length: number;
  next: number;
}

/** Taken while a key is written: an element's getter may ask for another key meanwhile. */
let idleWriter: KeyWriter | undefined;

/**
 * Order-preserving bytes of an IndexedDB key (format: key.ts); `compareBytes` on two of them is
 * `indexedDB.cmp`. Accepts exactly what IndexedDB accepts, from any realm.
 *
 * @throws KeyError "invalid-key": not a key (NaN, an invalid Date, a detached buffer, an array with a hole or
 * within itself, any other type), or one nested deeper than 2,000 or longer than 16 MiB.
 */
export function encodeKey(key: unknown): Uint8Array {
  const writer = idleWriter ?? new KeyWriter();
  idleWriter = undefined;
  try {
    if (Array.isArray(key)) writeArray(writer, key);
    else writeScalar(writer, key);
    return writer.take();
  } finally {
    writer.clear();
    idleWriter = writer;
  }
}

function writeScalar(writer: KeyWriter, key: unknown): void {
  if (typeof key === "number") {
    if (Number.isNaN(key)) throw new KeyError("invalid-key", "NaN is not a valid IndexedDB key.");
    writer.double(KeyTag.number, key);
  } else if (typeof key === "string") {
    writer.string(KeyTag.string, key);
  } else if (typeof key === "object" && key !== null) {
    writeObject(writer, key);
  } else {
    throw new KeyError("invalid-key", `A value of type ${nameOfType(key)} is not a valid IndexedDB key.`);
  }
}

function writeObject(writer: KeyWriter, key: object): void {
  switch (kindOf(key)) {
    case "date": {
      const time = timeOf(key);
      if (Number.isNaN(time))
        throw new KeyError("invalid-key", "An invalid Date is not a valid IndexedDB key.");
      writer.double(KeyTag.date, time);
      break;
    }
    case "view":
      writeBytes(writer, bytesOfView(key as ArrayBufferView));
      break;
    case "buffer":
      writeBytes(writer, bytesOfBuffer(key as ArrayBuffer));
      break;
    default:
      throw new KeyError(
        "invalid-key",
        "An object other than a Date, buffer or array is not a valid IndexedDB key.",
      );
  }
}

function writeBytes(writer: KeyWriter, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) {
    throw new KeyError("invalid-key", "A detached or shared buffer is not a valid IndexedDB key.");
  }
  writer.binary(KeyTag.binary, bytes);
}

/** Iterative, since a key may be nested deeper than the stack of a page has room for. */
function writeArray(writer: KeyWriter, root: readonly unknown[]): void {
  const open: OpenArray[] = [];
  const within = new Set<unknown>();
  enter(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.length) {
      writer.byte(TERMINATOR);
      within.delete(top.array);
      open.pop();
      continue;
    }
    const index = top.next++;
    if (!Object.hasOwn(top.array, index)) {
      throw new KeyError(
        "invalid-key",
        `An array with a hole (at index ${index}) is not a valid IndexedDB key.`,
      );
    }
    const element = top.array[index];
    if (Array.isArray(element)) enter(element);
    else writeScalar(writer, element);
  }

  function enter(array: readonly unknown[]): void {
    if (within.has(array)) {
      throw new KeyError("invalid-key", "An array that contains itself is not a valid IndexedDB key.");
    }
    if (open.length === MAX_KEY_DEPTH) {
      throw new KeyError(
        "invalid-key",
        `An array key nested deeper than ${MAX_KEY_DEPTH} cannot be encoded.`,
      );
    }
    writer.byte(KeyTag.array);
    within.add(array);
    open.push({ array, length: array.length, next: 0 });
  }
}

function nameOfType(value: unknown): string {
  return value === null ? "null" : typeof value;
}
