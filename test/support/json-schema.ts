/** The JSON Schema (2020-12) of the part of valibot that our schemas use. */
import type * as v from "valibot";

type Json = { [key: string]: unknown };

/** What valibot's schemas and actions show of themselves; which of it is there depends on `type`. */
interface Shown {
  readonly type: string;
  readonly kind?: string;
  readonly entries?: Readonly<Record<string, Shown>>;
  readonly options?: readonly (Shown | string)[];
  readonly wrapped?: Shown;
  readonly default?: unknown;
  readonly item?: Shown;
  readonly key?: Shown;
  readonly value?: Shown;
  readonly literal?: unknown;
  readonly pipe?: readonly Shown[];
  readonly requirement?: unknown;
  readonly description?: string;
}

/** @throws Error for a schema that this does not know. */
export function toJsonSchema(schema: v.GenericSchema<never, unknown>): Json {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...convert(schema as unknown as Shown),
  };
}

function convert(schema: Shown): Json {
  const actions = (schema.pipe ?? []).slice(1).map(convertAction);
  return Object.assign(convertType(schema), ...actions);
}

function convertType(schema: Shown): Json {
  switch (schema.type) {
    case "any":
      return {};
    case "string":
    case "number":
    case "boolean":
      return { type: schema.type };
    case "literal":
      return { const: schema.literal };
    case "picklist":
      return { enum: schema.options };
    case "array":
      return { type: "array", items: convert(schema.item as Shown) };
    case "record":
      return {
        type: "object",
        propertyNames: convert(schema.key as Shown),
        additionalProperties: convert(schema.value as Shown),
      };
    case "union":
    case "variant":
      return { oneOf: (schema.options as readonly Shown[]).map(convert) };
    case "optional":
      return { ...convert(schema.wrapped as Shown), default: schema.default };
    case "exact_optional":
      return convert(schema.wrapped as Shown);
    case "strict_object": {
      const entries = Object.entries(schema.entries ?? {});
      return {
        type: "object",
        properties: Object.fromEntries(entries.map(([name, entry]) => [name, convert(entry)])),
        required: entries.filter(([, { type }]) => !type.endsWith("optional")).map(([name]) => name),
        additionalProperties: false,
      };
    }
    default:
      throw new Error(`no JSON Schema for valibot's ${schema.type}`);
  }
}

function convertAction(action: Shown): Json {
  switch (action.type) {
    case "description":
      return { description: action.description };
    case "integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: action.requirement };
    case "max_value":
      return { maximum: action.requirement };
    case "min_length":
      return { minLength: action.requirement };
    case "regex":
      return { pattern: (action.requirement as RegExp).source };
    case "check":
    case "raw_check":
      // A function: an editor cannot run it, the bridge does.
      return {};
    default:
      throw new Error(`no JSON Schema for valibot's ${action.type}`);
  }
}
