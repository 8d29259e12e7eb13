/** A columns mapping on its way to the bridge, and what introspection answers, as JSON texts. */
import * as v from "valibot";
import { CONVERSION_NAMES } from "../mapping/conversions.ts";
import type { TableDescription, TableList } from "../mapping/table-description.ts";
import type { TableMapping } from "../mapping/table-mapping.ts";
import { BoundScopeSchema, ColumnsMappingSchema } from "./mapping-settings.ts";
import { ProtocolError } from "./protocol-error.ts";

const TableMappingSchema: v.GenericSchema<TableMapping> = v.strictObject({
  columns: ColumnsMappingSchema,
  scope: v.exactOptional(BoundScopeSchema),
});

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const NamesSchema = v.pipe(v.array(v.string()), v.readonly());

const TableListSchema: v.GenericSchema<TableList> = v.object({
  tables: v.array(v.object({ name: v.string(), isView: v.boolean(), rows: v.exactOptional(CountSchema) })),
  notAllowed: CountSchema,
});

const TableDescriptionSchema: v.GenericSchema<TableDescription> = v.object({
  name: v.string(),
  isView: v.boolean(),
  columns: v.array(
    v.object({
      name: v.string(),
      type: v.string(),
      nullable: v.boolean(),
      default: v.exactOptional(v.string()),
      generated: v.exactOptional(v.literal(true)),
      compares: v.exactOptional(v.string()),
      suggested: v.exactOptional(v.picklist(CONVERSION_NAMES)),
    }),
  ),
  primaryKey: NamesSchema,
  unique: v.array(NamesSchema),
  foreignKeys: v.array(v.object({ columns: NamesSchema, table: v.string(), referenced: NamesSchema })),
  checks: NamesSchema,
  rows: v.exactOptional(CountSchema),
  columnsOf: v.exactOptional(v.string()),
});

export const encodeTableMapping = (mapping: TableMapping): string => JSON.stringify(mapping);

/** Each throws ProtocolError "malformed-frame". */
export const decodeTableMapping = (text: string): TableMapping =>
  parse(TableMappingSchema, text, "The mapping");
export const decodeTableList = (text: string): TableList =>
  parse(TableListSchema, text, "The list of tables");
export const decodeTableDescription = (text: string): TableDescription =>
  parse(TableDescriptionSchema, text, "The description of the table");

function parse<Output>(schema: v.GenericSchema<unknown, Output>, text: string, what: string): Output {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new ProtocolError(
    "malformed-frame",
    `${what}, ${v.getDotPath(issue) ?? "as a whole"}: ${issue.message}.`,
  );
}
