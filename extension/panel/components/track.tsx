/** A bar of what is done. `hatched` says that the rest was not read, `dashed` that the outcome is not known. */
export function Track(props: {
  label: string;
  percent: number | undefined;
  hatched?: boolean;
  text: string;
}) {
  const value = props.percent === undefined ? undefined : Math.round(props.percent);
  return (
    <span
      class={`track${props.hatched ? " hatch" : ""}${value === undefined ? " open-end" : ""}`}
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={props.text}
      style={{ "--p": `${value ?? 0}%` }}
    >
      <i />
    </span>
  );
}
