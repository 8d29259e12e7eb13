import type { JobParameter } from "../../../../core/protocol/job-frames.ts";
import { initialText } from "../../format/job-form.ts";
import { Select } from "../mapping/select.tsx";

/** One parameter of a job, as its type wants to be filled in. */
export function JobParameterField(props: {
  parameter: JobParameter;
  /** Undefined: nobody has typed anything. */
  text: string | undefined;
  onText: (text: string) => void;
}) {
  const { parameter, onText } = props;
  const { name, label = name, expected } = parameter;
  const id = `job-parameter-${name}`;
  const text = props.text ?? initialText(parameter);
  if (parameter.type === "boolean") {
    return (
      <label class="pick">
        <input
          type="checkbox"
          id={id}
          data-testid={id}
          checked={text === "true"}
          onChange={(event) => onText(String(event.currentTarget.checked))}
        />
        <span>{label}</span>
      </label>
    );
  }
  return (
    <div class="limit">
      {parameter.type === "one-of" ? <span>{label}</span> : <label for={id}>{label}</label>}
      {parameter.type === "one-of" ? (
        <Select
          label={label}
          value={text}
          options={parameter.values.map((value) => ({ value, label: value }))}
          onChange={onText}
          testId={id}
        />
      ) : (
        <span class="field">
          <input
            id={id}
            data-testid={id}
            inputMode={parameter.type === "number" ? "decimal" : "text"}
            autocomplete="off"
            spellcheck={false}
            aria-describedby={`${id}-expected`}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        </span>
      )}
      {parameter.type === "one-of" ? null : (
        <span class="hint" id={`${id}-expected`}>
          {expected}
        </span>
      )}
    </div>
  );
}
