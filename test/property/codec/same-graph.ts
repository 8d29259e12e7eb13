/**
 * Whether two values are the same graph: the same kinds, contents and property order, and the same objects in
 * the same places. Answers the path of the first difference, undefined if there is none. It knows nothing of
 * the codec; deep graphs are walked without recursion.
 */
export function findDifference(a: unknown, b: unknown): string | undefined {
  const pairs = new Map<object, object>();
  const taken = new Set<object>();
  const open: [unknown, unknown, string][] = [[a, b, "value"]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [left, right, path] = next;
    if (!isObject(left) || !isObject(right)) {
      if (!Object.is(left, right)) return path;
      continue;
    }
    const known = pairs.get(left);
    if (known !== undefined || taken.has(right)) {
      if (known !== right) return `${path} (identity)`;
      continue;
    }
    pairs.set(left, right);
    taken.add(right);
    const leftParts = partsOf(left);
    const rightParts = partsOf(right);
    if (leftParts.length !== rightParts.length) return `${path} (size)`;
    for (const [i, [name, member]] of leftParts.entries()) {
      const [otherName, otherMember] = rightParts[i] as [string, unknown];
      if (name !== otherName) return `${path}: ${name} or ${otherName}`;
      open.push([member, otherMember, `${path}.${name}`]);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Everything that structured cloning keeps of an object, as named members. */
function partsOf(object: object): [string, unknown][] {
  const parts: [string, unknown][] = [["prototype", Object.getPrototypeOf(object)?.constructor?.name]];
  const add = (name: string, value: unknown) => parts.push([name, value]);
  if (object instanceof Date) add("time", object.getTime());
  else if (object instanceof RegExp) add("regexp", `${object} ${object.lastIndex}`);
  else if (object instanceof Map)
    for (const [key, value] of object) parts.push(["key", key], ["value", value]);
  else if (object instanceof Set) for (const value of object) add("value", value);
  else if (object instanceof ArrayBuffer) {
    add("bytes", new Uint8Array(object).join());
    add("max", object.resizable ? object.maxByteLength : "fixed");
  } else if (ArrayBuffer.isView(object)) {
    add("buffer", object.buffer);
    add("view", `${object.byteOffset} ${object.byteLength}`);
  } else if (object instanceof Error) {
    for (const name of ["message", "stack", "cause"]) {
      const own = Object.getOwnPropertyDescriptor(object, name);
      if (own?.value !== undefined) add(name, own.value);
    }
  } else if (object instanceof Number || object instanceof String || object instanceof Boolean) {
    add("boxed", object.valueOf());
  } else if (object instanceof BigInt) {
    add("boxed", object.valueOf());
  } else {
    if (Array.isArray(object)) add("length", object.length);
    for (const name of Object.keys(object)) {
      const own = Object.getOwnPropertyDescriptor(object, name) as PropertyDescriptor;
      add(name, "value" in own ? own.value : "accessor");
      if (own.writable !== true || own.configurable !== true) add(name, "locked");
    }
  }
  return parts;
}
