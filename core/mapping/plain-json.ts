/** JSON texts that stand for exactly one value, and values that exactly one JSON text stands for. */
import { isDense } from "../codec/enumeration.ts";
import { kindOf } from "../codec/object-kind.ts";
import { NotRepresentable } from "./cell.ts";

/** Deeper values are left to the value text: writers and readers of JSON elsewhere stop at about this. */
const MAX_DEPTH = 500;
/** A graph that shares much is endlessly larger as text than in memory. */
const MAX_NODES = 4 * 1024 * 1024;

export function toJsonText(value: unknown): string | NotRepresentable {
  const trouble = findTrouble(value);
  return trouble === undefined ? JSON.stringify(value) : new NotRepresentable(trouble);
}

export function fromJsonText(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new NotRepresentable("its text is not JSON");
  }
  const trouble = findTrouble(value) ?? inexactNumber(text);
  return trouble === undefined ? value : new NotRepresentable(trouble);
}

/** What JSON cannot say of a value; undefined when it says all of it. */
function findTrouble(root: unknown): string | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let nodes = 0; ; nodes++) {
    const next = open.pop();
    if (next === undefined) return undefined;
    if (nodes === MAX_NODES) return "it is too large for a JSON text";
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) {
      const trouble = primitiveTrouble(value);
      if (trouble !== undefined) return trouble;
      continue;
    }
    if (depth === MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH}, or within itself`;
    const trouble = containerTrouble(value);
    if (trouble !== undefined) return trouble;
    for (const name of Object.keys(value)) {
      if (!name.isWellFormed()) return "a property's name holds a lone surrogate";
      open.push({ value: (value as Record<string, unknown>)[name], depth: depth + 1 });
    }
  }
}

function primitiveTrouble(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : "it holds a lone surrogate";
    case "number":
      if (!Number.isFinite(value)) return `JSON has no ${value}`;
      return Object.is(value, -0) ? "JSON writers turn -0 into 0" : undefined;
    case "boolean":
      return undefined;
    case "object":
      return undefined;
    default:
      return `JSON has no ${typeof value}`;
  }
}

function containerTrouble(value: object): string | undefined {
  const kind = kindOf(value);
  if (kind === "object") return undefined;
  if (kind !== "array") return `JSON has no ${kind}`;
  return isDense(value as readonly unknown[]) ? undefined : "it holds an array with holes or properties";
}

/** Anything that may be a number which doubles cannot tell from its neighbours. */
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function inexactNumber(text: string): string | undefined {
  if (!MAY_BE_INEXACT.test(text)) return undefined;
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"')) continue;
    if (!isExactNumber(token))
      return `its number ${token.slice(0, 40)} is none that JavaScript can hold exactly`;
  }
  return undefined;
}

/** Whether the number's digits are those that JavaScript gives back. */
export function isExactNumber(token: string): boolean {
  const [, digits = "", exponent = 0] = digitsOf(token);
  const [, back = "", backExponent = 0] = digitsOf(String(Number(token)));
  return digits === back && (exponent === backExponent || digits === "");
}

/** Sign, significant digits and the power of ten of the last one. */
function digitsOf(token: string): [sign: string, digits: string, exponent: number] {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token);
  if (match === null) return ["", "?", 0];
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return [sign, digits, Number(power) - fraction.length + (all.length - digits.length)];
}
