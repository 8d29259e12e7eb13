/** The one spelling that json-cells.ts gives a value, for columns whose texts are compared as texts. */
import type { CqlType } from "./cql-type.ts";
import { compareJson, hasTextKeys, type Json } from "./json-cells.ts";

/** @param text One that the type takes. */
export const canonicalJson = (type: CqlType, text: string): string =>
  JSON.stringify(canonical(type, JSON.parse(text)));

function canonical(type: CqlType, json: Json): Json {
  if (typeof json !== "object" || json === null) return json;
  switch (type.is) {
    case "list":
    case "set":
    case "vector":
      return (json as readonly Json[]).map((element) => canonical(type.of, element));
    case "tuple":
      return type.of.map((of, i) => canonical(of, (json as readonly Json[])[i] ?? null));
    case "udt": {
      const fields = json as { readonly [name: string]: Json };
      return Object.fromEntries(
        type.fields.map(({ name, type: of }) => [name, canonical(of, fields[name] ?? null)]),
      );
    }
    case "map": {
      if (!hasTextKeys(type)) {
        return (json as readonly [Json, Json][]).map(([key, value]) => [
          canonical(type.key, key),
          canonical(type.value, value),
        ]);
      }
      const entries = Object.entries(json as { readonly [name: string]: Json });
      entries.sort(([a], [b]) => compareJson(a, b));
      return Object.fromEntries(entries.map(([key, value]) => [key, canonical(type.value, value)]));
    }
    default:
      return json;
  }
}
