import type { ComponentChildren } from "preact";
import { Icon } from "../../components/icon.tsx";
import type { DraftFieldName } from "../../format/draft-form.ts";

/** What every field of the form is given. */
export interface FieldProps {
  readonly field: DraftFieldName;
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onText: (text: string) => void;
  /** The person has left it: what is wrong with it may be said. */
  readonly onLeave: () => void;
}

const idOf = (field: DraftFieldName): string => `draft-${field}`;

/** A label, what it names, and below it what is wrong or what helps. */
function FieldRow(props: {
  field: DraftFieldName;
  label: string;
  problem: string | undefined;
  children: ComponentChildren;
}) {
  const id = idOf(props.field);
  return (
    <div class="draft-row">
      <label for={id}>{props.label}</label>
      <div class="draft-value">
        {props.children}
        {props.problem === undefined ? null : (
          <p class="field-problem" id={`${id}-problem`} data-testid={`${id}-problem`}>
            <Icon name="err" small />
            <span>{props.problem}</span>
          </p>
        )}
      </div>
    </div>
  );
}

const described = (field: DraftFieldName, problem: string | undefined) => ({
  id: idOf(field),
  "data-testid": idOf(field),
  "aria-invalid": problem === undefined ? undefined : ("true" as const),
  "aria-describedby": problem === undefined ? undefined : `${idOf(field)}-problem`,
});

export function TextField(
  props: FieldProps & { placeholder?: string; isFixed?: boolean; unit?: string; isShort?: boolean },
) {
  const { field, label, value, problem } = props;
  return (
    <FieldRow field={field} label={label} problem={problem}>
      <span class={`field${problem === undefined ? "" : " bad"}${props.isShort ? " short" : ""}`}>
        <input
          {...described(field, problem)}
          autocomplete="off"
          spellcheck={false}
          placeholder={props.placeholder}
          readOnly={props.isFixed}
          value={value}
          onInput={(event) => props.onText(event.currentTarget.value)}
          onBlur={props.onLeave}
        />
      </span>
      {props.unit === undefined ? null : <span class="hint">{props.unit}</span>}
    </FieldRow>
  );
}

/** For the text of a file. */
export function LongTextField(props: FieldProps & { placeholder: string }) {
  const { field, label, value, problem } = props;
  return (
    <FieldRow field={field} label={label} problem={problem}>
      <span class={`field long${problem === undefined ? "" : " bad"}`}>
        <textarea
          {...described(field, problem)}
          rows={3}
          autocomplete="off"
          spellcheck={false}
          placeholder={props.placeholder}
          value={value}
          onInput={(event) => props.onText(event.currentTarget.value)}
          onBlur={props.onLeave}
        />
      </span>
    </FieldRow>
  );
}

/** A secret by its name: none, or one of those that the config file allows here. */
export function SecretField(props: FieldProps & { names: readonly string[]; none: string }) {
  const { field, label, value, problem, names } = props;
  const isGone = value !== "" && !names.includes(value);
  return (
    <FieldRow field={field} label={label} problem={problem}>
      <select
        {...described(field, problem)}
        class="select"
        value={value}
        onChange={(event) => props.onText(event.currentTarget.value)}
        onBlur={props.onLeave}
      >
        <option value="">{props.none}</option>
        {isGone ? <option value={value}>{value} (not for this host)</option> : null}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </FieldRow>
  );
}
