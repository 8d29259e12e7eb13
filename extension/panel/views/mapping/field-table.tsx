import { CONVERSION_NAMES, type ConversionName } from "../../../../core/mapping/conversions.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { Button } from "../../components/button.tsx";
import { CONVERSION_WORDS } from "../../format/conversion-words.ts";
import { conversionFor, type FieldDraft } from "../../format/mapping-draft.ts";
import { ColumnChoice } from "./column-choice.tsx";
import { Select } from "./select.tsx";

const CONVERSIONS = CONVERSION_NAMES.map((value) => ({ value, label: CONVERSION_WORDS[value] }));
const NULLS = [
  { value: "absent" as const, label: "property absent" },
  { value: "null" as const, label: "null" },
];

/** Field by field: its column, how the two convert, and what NULL stands for. */
export function FieldTable(props: {
  table: TableDescription;
  fields: readonly FieldDraft[];
  onChange: (fields: readonly FieldDraft[]) => void;
}) {
  const { table, fields, onChange } = props;
  const set = (at: number, change: Partial<FieldDraft>): void =>
    onChange(fields.map((field, i) => (i === at ? { ...field, ...change, guessed: false } : field)));
  const unmapped = table.columns.filter(({ name }) => !fields.some(({ column }) => column === name));
  return (
    <div class="map-scroll">
      <table class="map-table" data-testid="field-table">
        <thead>
          <tr>
            <th scope="col">Field here</th>
            <th scope="col">Column there</th>
            <th scope="col">Conversion</th>
            <th scope="col">NULL is</th>
            <th scope="col">
              <span class="sr">State</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field, at) => (
            <tr key={at} data-testid="field-line" data-path={field.path}>
              <th scope="row">
                <label class="field">
                  <span class="sr">Field</span>
                  <input
                    value={field.path}
                    spellcheck={false}
                    placeholder="name or address.city"
                    onInput={(event) => set(at, { path: event.currentTarget.value })}
                  />
                </label>
              </th>
              <td>
                <ColumnChoice
                  label={`Column of ${field.path}`}
                  table={table}
                  value={field.column}
                  withTypes
                  none="— ignored —"
                  testId="column"
                  onChange={(column) => {
                    const described = table.columns.find(({ name }) => name === column);
                    const as: ConversionName =
                      described === undefined || field.column !== ""
                        ? field.as
                        : conversionFor(described, []);
                    set(at, { column, as });
                  }}
                />
              </td>
              <td>
                {field.column === "" ? null : (
                  <Select
                    label={`Conversion of ${field.path}`}
                    value={field.as}
                    options={CONVERSIONS}
                    testId="conversion"
                    onChange={(as) => set(at, { as })}
                  />
                )}
              </td>
              <td>
                {field.column === "" ? null : (
                  <Select
                    label={`What NULL is for ${field.path}`}
                    value={field.whenNull}
                    options={NULLS}
                    onChange={(whenNull) => set(at, { whenNull })}
                  />
                )}
              </td>
              <td>{field.guessed ? <span class="tag line">guessed</span> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="map-more">
        <Button
          extra="mini"
          testId="add-field"
          onPress={() =>
            onChange([...fields, { path: "", column: "", as: "text", whenNull: "absent", guessed: false }])
          }
        >
          Add a field
        </Button>
        {unmapped.length === 0 ? null : (
          <span class="hint">
            Columns left to the database:{" "}
            <bdi class="mono">{unmapped.map(({ name }) => name).join(", ")}</bdi>
          </span>
        )}
        {table.columnsOf === undefined ? null : (
          <span class="hint" data-testid="columns-of">
            Known are the columns of {table.columnsOf}. Others can be typed.
          </span>
        )}
      </div>
    </div>
  );
}
