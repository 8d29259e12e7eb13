/**
 * A labelled native select: it opens above everything and has the browser's own keyboard. A value that is none of the
 * options any more, such as a column that was dropped, is shown as that, not as nothing.
 */
export function Select<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value) => void;
  testId?: string;
}) {
  const isGone = props.value !== "" && props.options.every(({ value }) => value !== props.value);
  return (
    <select
      class="select"
      aria-label={props.label}
      title={props.label}
      data-testid={props.testId}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value as Value)}
    >
      {isGone ? (
        <option value={props.value} selected>
          {props.value} (gone)
        </option>
      ) : null}
      {props.options.map(({ value, label }) => (
        <option key={value} value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  );
}
