import type { SchemaTree } from "hyparquet";

/** A column's type in Parquet's words, for people. */
export function parquetTypeName({ element, children }: SchemaTree): string {
  const { logical_type: logical, converted_type: converted, type } = element;
  if (logical?.type === "DECIMAL") return `DECIMAL(${logical.precision}, ${logical.scale})`;
  if (logical?.type === "TIMESTAMP") {
    return `TIMESTAMP(${logical.unit}${logical.isAdjustedToUTC ? ", UTC" : ""})`;
  }
  return logical?.type ?? converted ?? type ?? (children.length > 0 ? "STRUCT" : "");
}
