/**
 * The text of a value: one string of well-formed Unicode without NUL, the same for equal values everywhere.
 *
 * **Plain form.** What JSON can hold is JSON, as it stands: objects, dense arrays, strings, finite numbers but
 * -0, booleans and null, where no object occurs twice, nothing is nested deeper than 100, and no string starts
 * with `~`. JSON never starts with `#`.
 *
 * **Table form.** `#1` and a JSON array of rows. Row 0 is the value. Within the rows:
 *
 *     "~~text"       the string "~text" (strings that do not start with ~ stand for themselves)
 *     "~undefined"  "~NaN"  "~Infinity"  "~-Infinity"  "~-0"
 *     "~n-ff"        the BigInt -255n, in hexadecimal
 *     "~d0"          new Date(0); "~dNaN" is an invalid Date
 *     "~bAAEC"       a Uint8Array over the whole of a buffer of its own: base64
 *     "~r3"          the object numbered 3, met before
 *     "~@2"          the object in row 2, which was nested too deep for its place
 *     ["~#TAG", …]   any other object (an array's own first string cannot look like this: it would start ~~)
 *
 *     map, k, v, …          set, v, …             array, length, {own properties}: one with holes or extras
 *     regexp, source, flags                       boxed, primitive
 *     error, name, {message?, stack?, cause?}     buffer, base64, maxByteLength?
 *     view, type, buffer, byteOffset, length      length in elements, null = follows its resizable buffer
 *     blob, type, base64                          file, name, type, lastModified, base64
 *     image, width, height, colorSpace, base64    opaque, type, description
 *
 * In a tag's members, names, types, sources, descriptions and base64 are strings as they stand; all others
 * are values again. Objects are numbered from 0 in the order in which they are met, each before what is in
 * it; "~b" counts two, the array and its buffer. Rows are met in order, each after the row that names it. So
 * every row is shallow, no program that reads or writes one needs a deep stack, and JSON's own writer and
 * reader, which are the fastest at hand, do most of the work.
 */
export const TABLE_PREFIX = "#1";
export const TABLE_MARK = "#";

/** The first character of what is not a string itself, within the rows. */
export const ESCAPE = "~";
export const TAG_PREFIX = "~#";
export const REFERENCE_PREFIX = "~r";
export const ROW_PREFIX = "~@";
export const DATE_PREFIX = "~d";
export const BIGINT_PREFIX = "~n";
export const BYTES_PREFIX = "~b";

/** An object nested in this many others goes to a row of its own. */
export const MAX_NESTING = 100;

export const Tag = {
  map: "~#map",
  set: "~#set",
  array: "~#array",
  regexp: "~#regexp",
  boxed: "~#boxed",
  error: "~#error",
  buffer: "~#buffer",
  view: "~#view",
  blob: "~#blob",
  file: "~#file",
  image: "~#image",
  opaque: "~#opaque",
} as const;

/** The names that structured cloning keeps; any other error becomes an Error. */
export const ERROR_NAMES = [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
] as const;
export type ErrorName = (typeof ERROR_NAMES)[number];
