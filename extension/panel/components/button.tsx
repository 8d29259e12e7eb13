import type { ComponentChildren } from "preact";

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onPress: () => void;
  readonly look?: "primary" | "danger" | "quiet";
  /** A square button that shows an icon only; `label` names it. */
  readonly icon?: boolean;
  readonly label?: string;
  readonly title?: string;
  /** Why it cannot be used now. The button stays focusable and says so. */
  readonly blockedBy?: string | undefined;
  readonly pressed?: boolean;
  readonly testId?: string;
  readonly popup?: "menu" | "dialog" | "tree";
  readonly expanded?: boolean;
  readonly extra?: string;
  readonly state?: string;
}

export function Button(props: ButtonProps) {
  const { blockedBy } = props;
  const classes = ["btn", props.look, props.icon ? "icon" : undefined, props.extra].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      class={classes}
      aria-label={props.label}
      title={blockedBy ?? props.title ?? props.label}
      aria-disabled={blockedBy === undefined ? undefined : "true"}
      aria-pressed={props.pressed}
      aria-haspopup={props.popup}
      aria-expanded={props.expanded}
      data-testid={props.testId}
      data-state={props.state}
      onClick={() => {
        if (blockedBy === undefined) props.onPress();
      }}
    >
      {props.children}
    </button>
  );
}

/** A number or a name that leads somewhere. */
export function Door(props: {
  children: ComponentChildren;
  onPress: () => void;
  label?: string;
  title?: string;
  testId?: string;
}) {
  return (
    <button
      type="button"
      class="door"
      aria-label={props.label}
      title={props.title}
      data-testid={props.testId}
      onClick={props.onPress}
    >
      {props.children}
    </button>
  );
}
