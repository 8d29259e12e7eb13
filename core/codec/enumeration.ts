/** Which properties an object has, at the least cost. */

/** Whether the array has neither holes nor properties beside its elements. */
export function isDense(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  const last = keys.length - 1;
  // Indices come first and in order: if the last key is the last index, the keys are as many only if all are there.
  return keys.length === array.length && (last === -1 || keys[last] === String(last));
}

/**
 * Whether somebody has tampered with this very realm so that `for … in` over an object of it yields more than
 * its own properties, or JSON.stringify asks a `toJSON` that it inherits.
 */
export function isPolluted(): boolean {
  for (const _ in Object.prototype) return true;
  return "toJSON" in Array.prototype;
}
