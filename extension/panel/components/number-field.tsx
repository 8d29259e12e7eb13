/** A whole number with its unit, or what is wrong with it. */
export function NumberField(props: {
  id: string;
  label: string;
  unit: string;
  text: string;
  problem: string | undefined;
  onText: (text: string) => void;
}) {
  const { id, label, unit, text, problem, onText } = props;
  return (
    <div class="limit">
      <label for={id}>{label}</label>
      <span class={`field${problem === undefined ? "" : " bad"}`}>
        <input
          id={id}
          data-testid={id}
          inputMode="numeric"
          autocomplete="off"
          aria-invalid={problem === undefined ? undefined : "true"}
          aria-describedby={`${id}-unit`}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </span>
      <span class="hint" id={`${id}-unit`}>
        {problem ?? unit}
      </span>
    </div>
  );
}

/** @param digits How many may be typed. */
export function numberProblem(
  text: string,
  { least, most, digits }: { readonly least: number; readonly most: number; readonly digits: number },
): string | undefined {
  const typed = text.trim();
  const value = Number(text);
  const isRight = /^\d+$/.test(typed) && typed.length <= digits && value >= least && value <= most;
  return isRight ? undefined : `a whole number from ${least} to ${most}`;
}
