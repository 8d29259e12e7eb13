/** Types as system_schema.columns and system_schema.types write them: `frozen<map<bigint, text>>`. */

const SCALAR_NAMES = [
  "ascii",
  "bigint",
  "blob",
  "boolean",
  "counter",
  "date",
  "decimal",
  "double",
  "duration",
  "float",
  "inet",
  "int",
  "smallint",
  "text",
  "time",
  "timestamp",
  "timeuuid",
  "tinyint",
  "uuid",
  "varint",
] as const;
export type ScalarName = (typeof SCALAR_NAMES)[number];

export interface UdtField {
  readonly name: string;
  readonly type: CqlType;
}

export type CqlType =
  | { readonly is: "scalar"; readonly name: ScalarName }
  | { readonly is: "list" | "set"; readonly of: CqlType; readonly frozen: boolean }
  | { readonly is: "map"; readonly key: CqlType; readonly value: CqlType; readonly frozen: boolean }
  | { readonly is: "tuple"; readonly of: readonly CqlType[] }
  | { readonly is: "udt"; readonly fields: readonly UdtField[]; readonly frozen: boolean }
  | { readonly is: "vector"; readonly of: CqlType; readonly length: number }
  | { readonly is: "unsupported"; readonly said: string };

/** Names and types of a user-defined type's fields, in their order. */
export type UdtLookup = (
  name: string,
) => readonly { readonly name: string; readonly type: string }[] | undefined;

/** Anything that is not known is "unsupported", also within another type. */
export function parseType(text: string, udts: UdtLookup): CqlType {
  return new TypeParser(text, udts).parse();
}

/** Whether its elements are cells of their own, which is what an empty one cannot be told from NULL by. */
export function isMultiCell(type: CqlType): boolean {
  return (type.is === "list" || type.is === "set" || type.is === "map" || type.is === "udt") && !type.frozen;
}

export function hasDecimals(type: CqlType): boolean {
  for (const part of partsOf(type)) if (part.is === "scalar" && part.name === "decimal") return true;
  return false;
}

/** It and all types within it. */
function* partsOf(type: CqlType): Generator<CqlType> {
  yield type;
  for (const inner of innerTypes(type)) yield* partsOf(inner);
}

function innerTypes(type: CqlType): readonly CqlType[] {
  switch (type.is) {
    case "scalar":
    case "unsupported":
      return [];
    case "map":
      return [type.key, type.value];
    case "tuple":
      return type.of;
    case "udt":
      return type.fields.map((field) => field.type);
    default:
      return [type.of];
  }
}

const TOKEN = /\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|[A-Za-z0-9_.]+|[<>,])/y;

class TypeParser {
  readonly #text: string;
  readonly #udts: UdtLookup;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string, udts: UdtLookup) {
    this.#text = text;
    this.#udts = udts;
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
      this.#tokens.push(match[1] ?? "");
    }
  }

  parse(): CqlType {
    const type = this.#type(false);
    return this.#at === this.#tokens.length ? type : this.#unsupported();
  }

  #type(frozen: boolean): CqlType {
    const name = this.#tokens[this.#at++] ?? "";
    if (this.#tokens[this.#at] !== "<") return this.#named(name, frozen);
    this.#at++;
    if (name === "frozen") return this.#closing([this.#type(true)], ([type]) => type);
    if (name === "vector") return this.#vector();
    // What lies in a collection is frozen, whether its text says so or not.
    const inner: CqlType[] = [];
    do inner.push(this.#type(true));
    while (this.#skips(","));
    const [of, second] = inner;
    return this.#closing(inner, () => {
      if (name === "tuple") return { is: "tuple", of: inner };
      if ((name === "list" || name === "set") && of !== undefined && second === undefined) {
        return { is: name, of, frozen };
      }
      if (name === "map" && of !== undefined && second !== undefined) {
        return { is: "map", key: of, value: second, frozen };
      }
      return undefined;
    });
  }

  #vector(): CqlType {
    const of = this.#type(true);
    this.#skips(",");
    const length = Number(this.#tokens[this.#at++]);
    return this.#closing([of], () => (Number.isInteger(length) ? { is: "vector", of, length } : undefined));
  }

  #closing(inner: readonly CqlType[], make: (inner: readonly CqlType[]) => CqlType | undefined): CqlType {
    const isClosed = this.#skips(">");
    return (isClosed ? make(inner) : undefined) ?? this.#unsupported();
  }

  #skips(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #named(name: string, frozen: boolean): CqlType {
    const plain = name === "varchar" ? "text" : name;
    const scalar = SCALAR_NAMES.find((one) => one === plain);
    if (scalar !== undefined) return { is: "scalar", name: scalar };
    const udt = this.#udts(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
    if (udt === undefined) return { is: "unsupported", said: name };
    // Its own fields are frozen or not by their own texts; in a frozen one they lie in its bytes all the same.
    const fields = udt.map((field) => ({
      name: field.name,
      type: asFrozen(parseType(field.type, this.#udts)),
    }));
    return { is: "udt", fields, frozen };
  }

  #unsupported(): CqlType {
    return { is: "unsupported", said: this.#text };
  }
}

const asFrozen = (type: CqlType): CqlType => ("frozen" in type ? { ...type, frozen: true } : type);
