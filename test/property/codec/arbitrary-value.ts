import fc from "fast-check";

/** Text by UTF-16 code unit: lone surrogates, NUL, the escape character, quotes. */
const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x22, 0x5c, 0xd800, 0xdc00)), {
      maxLength: 5,
    })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    "",
    "~",
    "~~",
    "~undefined",
    "~r0",
    "~#map",
    "#1",
    "__proto__",
    "constructor",
    "toJSON",
    "length",
  ),
);

const arbitraryNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(-0, 0, Number.NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, 1e21, 5e-324),
);

const arbitraryPrimitive: fc.Arbitrary<unknown> = fc.oneof(
  arbitraryText,
  arbitraryNumber,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }),
);

type ViewClass = new (buffer: ArrayBuffer, byteOffset?: number, length?: number) => ArrayBufferView;

const viewClasses: readonly (ViewClass & { readonly BYTES_PER_ELEMENT?: number })[] = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

const buffer: fc.Arbitrary<ArrayBuffer> = fc
  .tuple(fc.uint8Array({ minLength: 0, maxLength: 24 }), fc.option(fc.integer({ min: 0, max: 16 })))
  .map(([bytes, room]) => {
    const made = room === null ? new ArrayBuffer(24) : new ArrayBuffer(24, { maxByteLength: 24 + room });
    new Uint8Array(made).set(bytes);
    return made;
  });

/** Views that start and end anywhere, and follow their buffer where it can be resized. */
const view: fc.Arbitrary<ArrayBufferView> = fc
  .tuple(buffer, fc.constantFrom(...viewClasses), fc.constantFrom(0, 8, 16, 24), fc.boolean())
  .map(([bytes, View, byteOffset, isOpenEnded]) => {
    if (isOpenEnded) return new View(bytes, byteOffset);
    return new View(bytes, byteOffset, Math.min(8, 24 - byteOffset) / (View.BYTES_PER_ELEMENT ?? 1));
  });

const wholeBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 70 });

const regexp = fc.constantFrom(/a/g, /[/\n]\//imsuy, /(?:)/d, /\ud800/, /\//);

const boxed = fc.oneof(
  arbitraryNumber.map((value) => Object(value)),
  arbitraryText.map((value) => Object(value)),
  fc.boolean().map((value) => Object(value)),
  fc.bigInt().map((value) => Object(value)),
);

const date = fc
  .oneof(fc.date(), fc.constantFrom(new Date(Number.NaN), new Date(-8.64e15)))
  .map((d) => new Date(d));

const name = fc.oneof(arbitraryText, fc.constantFrom("a", "b", "c", "1", "0", "4294967295"));

function arrayFrom(length: number, elements: readonly (readonly [string | number, unknown])[]): unknown[] {
  const array: unknown[] = new Array(length);
  for (const [key, value] of elements) {
    const index = typeof key === "number" ? String(key % Math.max(1, length)) : key;
    if (index === "length") continue;
    Object.defineProperty(array, index, { value, writable: true, enumerable: true, configurable: true });
  }
  return array;
}

function errorFrom(make: ErrorConstructor, message: string | null, cause: { cause: unknown } | null): Error {
  const error = message === null ? new make(undefined, cause ?? {}) : new make(message, cause ?? {});
  Object.defineProperty(error, "stack", { value: "at somewhere\n", writable: true, configurable: true });
  return error;
}

function objectFrom(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  // Defines, so that a name `__proto__` becomes an own property.
  return Object.fromEntries(entries);
}

const tree: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    arbitraryPrimitive,
    date,
    wholeBytes,
    buffer,
    view,
    regexp.map((made) => new RegExp(made)),
    boxed,
    fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map(objectFrom),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .tuple(
        fc.oneof(fc.nat({ max: 6 }), fc.constantFrom(2000, 2 ** 32 - 1)),
        fc.array(fc.tuple(fc.oneof(fc.nat(), name), tie("value")), { maxLength: 4 }),
      )
      .map(([length, elements]) => arrayFrom(length, elements)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((values) => new Set(values)),
    fc
      .tuple(
        fc.constantFrom(Error, TypeError, RangeError, SyntaxError, URIError, EvalError, ReferenceError),
        fc.option(arbitraryText),
        fc.option(fc.record({ cause: tie("value") })),
      )
      .map(([make, message, cause]) => errorFrom(make as ErrorConstructor, message, cause)),
  ),
})).value;

/** Makes some objects of a tree occur elsewhere in it as well: shared references, cycles, shared buffers. */
function link(root: unknown, links: readonly (readonly [number, number])[]): unknown {
  const objects = objectsIn(root);
  for (const [from, to] of links) {
    const source = objects[from % Math.max(1, objects.length)];
    const target = objects[to % Math.max(1, objects.length)];
    if (Array.isArray(source) && source.length < 100) source.push(target);
    else if (source instanceof Map) source.set(target, source);
    else if (source instanceof Set) source.add(target);
    else if (source !== undefined && Object.getPrototypeOf(source) === Object.prototype) {
      (source as Record<string, unknown>).link = target;
    }
  }
  return root;
}

function objectsIn(root: unknown): object[] {
  const objects = new Set<object>();
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || objects.has(value)) continue;
    objects.add(value);
    if (value instanceof Map) for (const [key, mapped] of value) open.push(key, mapped);
    else if (value instanceof Set) open.push(...value);
    else if (ArrayBuffer.isView(value)) open.push(value.buffer);
    else if (value instanceof Error) open.push(value.cause);
    else open.push(...Object.values(value));
  }
  return [...objects];
}

/** Values without shared or cyclic references. */
export const arbitraryTree = tree;

/** Everything that structured cloning takes, but platform objects. */
export const arbitraryValue: fc.Arbitrary<unknown> = fc
  .tuple(tree, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }))
  .map(([root, links]) => link(root, links));

/** What IndexedDB would give for the value; the value itself where V8 fails: an error within its own cause. */
export function cloned(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}
