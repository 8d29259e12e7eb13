import { builtinTag } from "./brands.ts";
import { OpaqueValue } from "./platform-values.ts";

/** Which properties tell a person what the object is, in the order in which they are shown. */
const TELLING = ["kind", "type", "name", "algorithm", "message"] as const;
const LONGEST = 200;

/** A stand-in for an object whose content cannot be read. What it says is the page's word, for people only. */
export function describeOpaque(object: object): OpaqueValue {
  return new OpaqueValue(
    typeNameOf(object),
    TELLING.map((name) => textOf(object, name))
      .filter(Boolean)
      .join(" "),
  );
}

function typeNameOf(object: object): string {
  const tag = attempt(() => builtinTag(object).slice("[object ".length, -1));
  if (tag !== "Object" && tag !== "") return tag.slice(0, LONGEST);
  const className: unknown = attempt(() => object.constructor.name);
  return typeof className === "string" && className !== "" ? className.slice(0, LONGEST) : "Object";
}

function textOf(object: object, name: string): string {
  const value: unknown = attempt(() => (object as Record<string, unknown>)[name]);
  if (typeof value === "string") return value.slice(0, LONGEST);
  return typeof value === "object" && value !== null && name === "algorithm" ? textOf(value, "name") : "";
}

function attempt<T>(read: () => T): T | "" {
  try {
    return read();
  } catch {
    return "";
  }
}
