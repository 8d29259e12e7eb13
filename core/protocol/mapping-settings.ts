/** The schema of MappingSettings, as it is stored and as it travels. */
import * as v from "valibot";
import { VERSION_MOVES } from "../mapping/columns-mapping.ts";
import { CONVERSION_NAMES } from "../mapping/conversions.ts";
import type { MappingSettings } from "../mapping/mapping-settings.ts";
import type { BoundScope, ScopeTree } from "../mapping/scope.ts";
import { SCOPE_OPERATORS } from "../mapping/scope.ts";

/** Bounds that no table of somebody's comes near. */
const MAX_COLUMNS = 2000;
const MAX_SCOPE_CONDITIONS = 100;

const listOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.array(schema), v.maxLength(MAX_COLUMNS), v.readonly());
const NameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const ConversionSchema = v.picklist(CONVERSION_NAMES);

export const ColumnsMappingSchema = v.strictObject({
  table: NameSchema,
  key: listOf(v.strictObject({ column: NameSchema, as: ConversionSchema })),
  fields: listOf(
    v.strictObject({
      path: listOf(v.string()),
      column: NameSchema,
      as: ConversionSchema,
      whenNull: v.picklist(["absent", "null"]),
    }),
  ),
  ignoredFields: v.exactOptional(listOf(v.string())),
  ignoredColumns: v.exactOptional(listOf(NameSchema)),
  version: v.exactOptional(
    v.strictObject({
      column: NameSchema,
      moves: v.picklist(VERSION_MOVES),
      clock: v.exactOptional(v.picklist(["dateMilliseconds", "dateSeconds", "dateText", "dateSql"])),
    }),
  ),
});

const LiteralSchema = v.union([v.pipe(v.string(), v.maxLength(10_000)), v.number(), v.boolean()]);

function treeOf<Value>(value: v.GenericSchema<Value>): v.GenericSchema<ScopeTree<Value>> {
  const tree: v.GenericSchema<ScopeTree<Value>> = v.lazy(() =>
    v.union([
      v.strictObject({ and: v.pipe(v.array(tree), v.maxLength(MAX_SCOPE_CONDITIONS)) }),
      v.strictObject({ or: v.pipe(v.array(tree), v.maxLength(MAX_SCOPE_CONDITIONS)) }),
      v.strictObject({ not: tree }),
      v.strictObject({ column: NameSchema, is: v.picklist(SCOPE_OPERATORS), value: v.exactOptional(value) }),
    ]),
  ) as v.GenericSchema<ScopeTree<Value>>;
  return tree;
}

export const BoundScopeSchema: v.GenericSchema<BoundScope> = treeOf(LiteralSchema);

const ScopeSchema = v.strictObject({
  where: treeOf(v.union([LiteralSchema, v.strictObject({ parameter: v.string() })])),
  parameters: v.exactOptional(
    listOf(
      v.strictObject({
        name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
        from: v.strictObject({
          database: v.string(),
          store: v.string(),
          key: v.string(),
          path: listOf(v.string()),
        }),
        consented: LiteralSchema,
      }),
    ),
  ),
});

const PathSchema = v.pipe(v.array(v.string()), v.minLength(1), v.readonly());

const PolicySchema = v.variant("is", [
  v.strictObject({ is: v.literal("manual") }),
  v.strictObject({ is: v.literal("localWins") }),
  v.strictObject({ is: v.literal("remoteWins") }),
  v.strictObject({ is: v.literal("newestWins"), field: PathSchema }),
  v.strictObject({ is: v.literal("mergeFields") }),
  v.strictObject({ is: v.literal("custom"), name: v.string() }),
]);

const IdentitySchema = v.strictObject({ path: PathSchema, field: v.string() });

export const MappingSettingsSchema = v.strictObject({
  ignore: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
  policy: v.exactOptional(PolicySchema),
  identities: v.exactOptional(v.pipe(v.array(IdentitySchema), v.readonly())),
  columns: v.exactOptional(ColumnsMappingSchema),
  scope: v.exactOptional(ScopeSchema),
});

/** JSON text of MappingSettings. @throws ValiError */
export const parseMappingSettings = (text: string): MappingSettings =>
  v.parse(v.pipe(v.string(), v.parseJson(), MappingSettingsSchema), text);
