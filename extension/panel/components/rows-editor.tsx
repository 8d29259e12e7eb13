import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** A list of short texts in one or more columns, with rows to add and remove. */
export function RowsEditor(props: {
  /** Names the list for assistive technology. */
  label: string;
  testId: string;
  columns: readonly { readonly label: string; readonly placeholder: string }[];
  rows: readonly (readonly string[])[];
  addLabel: string;
  onChange: (rows: readonly (readonly string[])[]) => void;
}) {
  const { columns, rows, onChange } = props;
  const set = (at: number, column: number, text: string) =>
    onChange(
      rows.map((row, i) => (i === at ? columns.map((_, j) => (j === column ? text : (row[j] ?? ""))) : row)),
    );
  return (
    <div class="rows-editor" role="group" aria-label={props.label} data-testid={props.testId}>
      {rows.map((row, at) => (
        // Rows have no identity but their place.
        <div class="rows-line" key={at}>
          {columns.map(({ label, placeholder }, column) => (
            <label class="field" key={label}>
              <span class="sr">
                {label} {at + 1}
              </span>
              <input
                spellcheck={false}
                autocomplete="off"
                placeholder={placeholder}
                value={row[column] ?? ""}
                onInput={(event) => set(at, column, event.currentTarget.value)}
              />
            </label>
          ))}
          <Button
            icon
            look="quiet"
            label={`Remove ${row[0] || `row ${at + 1}`}`}
            onPress={() => onChange(rows.filter((_, i) => i !== at))}
          >
            <Icon name="x" />
          </Button>
        </div>
      ))}
      <Button
        look="quiet"
        testId={`${props.testId}-add`}
        onPress={() => onChange([...rows, columns.map(() => "")])}
      >
        {props.addLabel}
      </Button>
    </div>
  );
}
