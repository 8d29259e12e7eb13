/** A columns mapping while a person edits it: what is guessed says so, and nothing is settled by itself. */
import { kindOf } from "../../../core/codec/object-kind.ts";
import type {
  ColumnsMapping,
  KeyColumn,
  VersionColumn,
  VersionMove,
} from "../../../core/mapping/columns-mapping.ts";
import type { ConversionName } from "../../../core/mapping/conversions.ts";
import { projectionIdOf, scopeIdOf } from "../../../core/mapping/mapping-identity.ts";
import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";
import type { Scope } from "../../../core/mapping/scope.ts";
import type { ColumnDescription, TableDescription } from "../../../core/mapping/table-description.ts";
import { formatPath, parsePath } from "./path-input.ts";
import { draftOfScope, type GroupDraft, scopeOfDraft, WHOLE_TABLE } from "./scope-draft.ts";

export interface FieldDraft {
  /** As people type it (path-input.ts). */
  readonly path: string;
  /** Empty = ignored. */
  readonly column: string;
  readonly as: ConversionName;
  readonly whenNull: "absent" | "null";
  /** Proposed from names, types and sampled records; nobody has looked at it yet. */
  readonly guessed: boolean;
}

export interface KeyDraft extends KeyColumn {
  readonly guessed: boolean;
}

export interface MappingDraft {
  readonly table: string;
  readonly key: readonly KeyDraft[];
  readonly fields: readonly FieldDraft[];
  /** Empty = none: all mapped columns are what a write expects. */
  readonly versionColumn: string;
  readonly versionMoves: VersionMove;
  readonly versionClock: NonNullable<VersionColumn["clock"]>;
  readonly scope: GroupDraft;
}

/** What is known of the store when a mapping is proposed. */
export interface SampledStore {
  readonly keyPath: string | readonly string[] | null;
  readonly records: readonly unknown[];
}

export function proposeDraft(table: TableDescription, store: SampledStore): MappingDraft {
  const fields = fieldNames(store).map((path) => proposeField(path, table, store));
  const version = table.columns.find(isVersion);
  return {
    table: table.name,
    key: proposeKey(table, store, fields),
    fields: fields.filter(({ column }) => column !== version?.name || version === undefined),
    versionColumn: version?.name ?? "",
    versionMoves: "increment",
    versionClock: "dateText",
    scope: WHOLE_TABLE,
  };
}

/** The draft that gives these settings, with what is left out of them and the fields that are new in the store. */
export function draftOfSettings(
  columns: ColumnsMapping,
  scope: MappingSettings["scope"],
  store: SampledStore,
): MappingDraft {
  const fields = columns.fields.map(
    ({ path, column, as, whenNull }): FieldDraft => ({
      path: formatPath(path),
      column,
      as,
      whenNull,
      guessed: false,
    }),
  );
  const known = new Set(fields.map(({ path }) => path));
  const others = [...new Set([...(columns.ignoredFields ?? []), ...fieldNames(store)])];
  // A field inside of a mapped one, or around it, is no other field.
  const free = others.filter(
    (name) => ![...known].some((path) => path === name || path.startsWith(`${name}.`)),
  );
  return {
    table: columns.table,
    key: columns.key.map((part) => ({ ...part, guessed: false })),
    fields: [
      ...fields,
      ...free.map(
        (path): FieldDraft => ({ path, column: "", as: "text", whenNull: "absent", guessed: false }),
      ),
    ],
    versionColumn: columns.version?.column ?? "",
    versionMoves: columns.version?.moves ?? "increment",
    versionClock: columns.version?.clock ?? "dateText",
    scope: draftOfScope(scope),
  };
}

/** Whether what was known of both sides under the one holds under the other. */
export function isSameBase(a: MappingSettings, b: MappingSettings): boolean {
  return projectionIdOf(a) === projectionIdOf(b) && scopeIdOf(a) === scopeIdOf(b);
}

/**
 * A text says what is missing.
 *
 * @param before The settings that are edited: what the draft does not hold stays.
 */
export function settingsOfDraft(draft: MappingDraft, before?: MappingSettings): MappingSettings | string {
  const fields: ColumnsMapping["fields"][number][] = [];
  for (const { path, column, as, whenNull } of draft.fields) {
    if (column === "") continue;
    const steps = parsePath(path);
    if (steps === undefined) return "Name the field of each column, or ignore it";
    fields.push({ path: steps, column, as, whenNull });
  }
  if (draft.key.length === 0 || draft.key.some(({ column }) => column === ""))
    return "Choose the key's columns";
  if (fields.length === 0) return "Map at least one field to a column";
  const twice = fields.find(({ column }, i) => fields.findIndex((other) => other.column === column) !== i);
  if (twice !== undefined) return `Two fields are mapped to the column ${twice.column}`;
  const { versionColumn, versionMoves } = draft;
  const columns: ColumnsMapping = {
    table: draft.table,
    key: draft.key.map(({ column, as }) => ({ column, as })),
    fields,
    ...ignoredOf(draft),
    ...(before?.columns?.ignoredColumns === undefined
      ? {}
      : { ignoredColumns: before.columns.ignoredColumns }),
    ...(versionColumn === ""
      ? {}
      : {
          version: {
            column: versionColumn,
            moves: versionMoves,
            ...(versionMoves === "clock" ? { clock: draft.versionClock } : {}),
          },
        }),
  };
  const scope = scopeOfDraft(draft.scope);
  if (typeof scope === "string") return scope;
  const { columns: _columns, scope: oldScope, ...others } = before ?? {};
  return { ...others, columns, ...(scope === undefined ? {} : { scope: sameScope(scope, oldScope) }) };
}

/** A tree that was made elsewhere, and is not what an edit of it would give, stays as it is until it is edited. */
function sameScope(edited: Scope, before: Scope | undefined): Scope {
  if (before === undefined) return edited;
  const unedited = scopeOfDraft(draftOfScope(before));
  return JSON.stringify(unedited) === JSON.stringify(edited) ? before : edited;
}

function ignoredOf({ fields }: MappingDraft): { ignoredFields?: string[] } {
  const ignored = fields.filter(({ column }) => column === "").map(({ path }) => path);
  return ignored.length === 0 ? {} : { ignoredFields: ignored };
}

function fieldNames({ keyPath, records }: SampledStore): string[] {
  const names = new Set<string>();
  for (const path of keyPath === null ? [] : [keyPath].flat()) names.add(path);
  for (const record of records) {
    if (isFields(record)) for (const name of Object.keys(record)) names.add(formatPath([name]));
  }
  return [...names];
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && kindOf(value) === "object";
}

function isVersion({ name, type, suggested }: ColumnDescription): boolean {
  const isNumber = affinity(type) === "integer" || suggested === "int64Bytes" || suggested === "int32Bytes";
  return isNumber && /^(?:row_?)?(?:version|revision)$/i.test(ownName(name));
}

function proposeField(path: string, table: TableDescription, store: SampledStore): FieldDraft {
  const column = columnAlike(path, table) ?? keyColumnOf(path, table, store);
  const values = samplesAt(path, store);
  const whenNull = values.includes(null) ? "null" : "absent";
  const as = column === undefined ? "text" : conversionFor(column, values);
  return { path, column: column?.name ?? "", as, whenNull, guessed: true };
}

/** Of the columns of one family where the table has families, the first. */
function columnAlike(path: string, { columns }: TableDescription): ColumnDescription | undefined {
  return (
    columns.find(({ name }) => alike(name, path)) ?? columns.find(({ name }) => alike(ownName(name), path))
  );
}

/** A key that is called otherwise there is the key still. */
function keyColumnOf(
  path: string,
  { columns, primaryKey }: TableDescription,
  { keyPath }: SampledStore,
): ColumnDescription | undefined {
  const paths = keyPath === null ? [] : [keyPath].flat();
  if (paths.length !== primaryKey.length || !paths.includes(path)) return undefined;
  const own = primaryKey[paths.indexOf(path)];
  return columns.find(({ name }) => name === own);
}

/** Without the column family of "family:name". */
const ownName = (name: string): string => name.slice(name.indexOf(":") + 1);

/** "zipCode", "zip_code" and "ZIP-CODE" are alike. */
const alike = (a: string, b: string): boolean => plainName(a) === plainName(b);
const plainName = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, "");

function samplesAt(path: string, { records }: SampledStore): unknown[] {
  const steps = parsePath(path) ?? [];
  return records.flatMap((record) => {
    let value: unknown = record;
    for (const step of steps) {
      if (!isFields(value) || !Object.hasOwn(value, step)) return [];
      value = value[step];
    }
    return [value];
  });
}

export function conversionFor(
  { type, suggested }: Pick<ColumnDescription, "type" | "suggested">,
  values: readonly unknown[],
): ConversionName {
  if (suggested !== undefined) return suggested;
  const sample = values.find((value) => value !== null && value !== undefined);
  const kind = affinity(type);
  switch (typeof sample) {
    case "boolean":
      return "boolean";
    case "bigint":
      return kind === "text" ? "bigintText" : "bigint";
    case "number":
      return kind === "real" || values.some((value) => typeof value === "number" && !Number.isInteger(value))
        ? "real"
        : "integer";
    case "string":
      return "text";
    case "object":
      return conversionOfObject(sample as object, kind);
    default:
      return { integer: "integer", real: "real", blob: "bytes", text: "text" }[kind] as ConversionName;
  }
}

function conversionOfObject(sample: object, kind: Affinity): ConversionName {
  switch (kindOf(sample)) {
    case "date":
      return kind === "text" ? "dateText" : "dateMilliseconds";
    case "buffer":
      return "buffer";
    case "view":
      return "bytes";
    case "object":
    case "array":
      return "json";
    default:
      return "value";
  }
}

type Affinity = "integer" | "real" | "text" | "blob";

/** The rules by which SQLite reads declared types, which fit other databases' names as well. */
function affinity(type: string): Affinity {
  const name = type.toUpperCase();
  if (name.includes("INT")) return "integer";
  if (/CHAR|CLOB|TEXT|DATE|TIME|UUID|JSON/.test(name)) return "text";
  if (name.includes("BLOB") || name.includes("BINARY") || name.includes("BYTEA")) return "blob";
  if (/REAL|FLOA|DOUB|NUMERIC|DECIMAL/.test(name)) return "real";
  return name === "" ? "blob" : name.includes("BOOL") ? "integer" : "text";
}

function proposeKey(
  table: TableDescription,
  { keyPath }: SampledStore,
  fields: readonly FieldDraft[],
): KeyDraft[] {
  const paths = keyPath === null ? [] : [keyPath].flat();
  if (paths.length > 0) {
    return paths.map((path) => {
      const field = fields.find((candidate) => candidate.path === path);
      return { column: field?.column ?? "", as: field?.as ?? "text", guessed: true };
    });
  }
  return table.primaryKey.map((name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    return { column: name, as: conversionFor(column ?? { type: "" }, []), guessed: true };
  });
}
