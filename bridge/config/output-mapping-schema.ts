/**
 * How the rows that a job makes are records of a store, in the config file: the columns of a mapping as the panel and
 * --mapping have them, whose table is the output.
 */
import * as v from "valibot";
import { CONVERSION_NAMES } from "../../core/mapping/conversions.ts";

const ColumnSchema = v.pipe(v.string(), v.minLength(1, "expected the name of a column"));
const ConversionSchema = v.picklist(CONVERSION_NAMES);

const KeyColumnSchema = v.strictObject({ column: ColumnSchema, as: ConversionSchema });
const FieldColumnSchema = v.strictObject({
  path: v.pipe(
    v.array(v.string()),
    v.description(
      'Names from the record\'s top inwards, such as ["place", "region"]; [] = the whole record.',
    ),
  ),
  column: ColumnSchema,
  as: ConversionSchema,
  whenNull: v.pipe(
    v.optional(v.picklist(["absent", "null"]), "absent"),
    v.description("What no value stands for: the record lacks the property, or has it as null."),
  ),
});

export const OutputMappingSchema = v.strictObject({
  key: v.pipe(
    v.array(KeyColumnSchema),
    v.description("The columns of the key: one makes scalar keys, several make array keys in this order."),
  ),
  fields: v.pipe(
    v.array(FieldColumnSchema),
    v.description("The properties of a record, and the column that each is read from."),
  ),
});

/** The settings that exist where an unknown one was found. @param path From the mapping on. */
export function outputMappingSettings([part]: readonly unknown[]): string[] {
  if (part === "key") return Object.keys(KeyColumnSchema.entries);
  return Object.keys((part === "fields" ? FieldColumnSchema : OutputMappingSchema).entries);
}
