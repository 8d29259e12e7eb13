/**
 * A maker of ids that never recur: 96 random bits for the maker, then a counter. Short, since every record that
 * is written carries one.
 */
export function newIdMaker(): () => string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  const prefix = Array.from(random, (part) => part.toString(36)).join("");
  let count = 0;
  return () => `${prefix}-${(count++).toString(36)}`;
}
