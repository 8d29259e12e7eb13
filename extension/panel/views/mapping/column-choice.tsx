import { useId } from "preact/hooks";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { Select } from "./select.tsx";

/** One of the table's columns, or none. Where rows can have others than are known, a name can be typed. */
export function ColumnChoice(props: {
  label: string;
  table: TableDescription;
  /** Empty = none. */
  value: string;
  /** What no column is called. */
  none: string;
  withTypes?: boolean;
  testId: string;
  onChange: (column: string) => void;
}) {
  const { label, table, value, none, testId, onChange } = props;
  const known = useId();
  const options = table.columns.map(({ name, type }) => ({
    value: name,
    label: type === "" || props.withTypes !== true ? name : `${name} (${type})`,
  }));
  if (table.columnsOf === undefined) {
    return (
      <Select
        label={label}
        value={value}
        options={[{ value: "", label: none }, ...options]}
        testId={testId}
        onChange={onChange}
      />
    );
  }
  return (
    <label class="field">
      <span class="sr">{label}</span>
      <input
        value={value}
        list={known}
        placeholder={none}
        title={label}
        spellcheck={false}
        autocomplete="off"
        data-testid={testId}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
      <datalist id={known}>
        {table.columns.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
