import type { ComponentChildren } from "preact";
import { Glyph, type GlyphName, Icon, type IconName, Logo, type Tone } from "./icon.tsx";

/** Names of the states, as tests know them. */
export type StateName =
  | "first-run"
  | "no-bridge"
  | "not-paired"
  | "wrong-code"
  | "refused"
  | "connecting"
  | "no-mapping"
  | "bulk"
  | "not-compared"
  | "stopped"
  | "scope-changed"
  | "no-database"
  | "no-store"
  | "cannot-inspect"
  | "interferes"
  | "paused"
  | "blocked"
  | "empty"
  | "comparing"
  | "partial"
  | "moving"
  | "stale"
  | "unknown"
  | "emptied"
  | "error"
  | "in-sync"
  | "rechecked"
  | "earlier-part"
  | "remote-as-of"
  | "remote-gone-back"
  | "keep-paused"
  | "keep-offline"
  | "kept-elsewhere"
  | "away"
  | "queued"
  | "queue-ended"
  | "schedule-waits";

export type StateMark =
  | { readonly icon: IconName; readonly tone: Tone }
  | { readonly glyph: GlyphName; readonly tone: Tone }
  | "logo"
  | "logo-sync";

export interface StateProps {
  readonly name: StateName;
  readonly mark: StateMark;
  /** What is so. */
  readonly head: ComponentChildren;
  /** Why, and what was not touched. */
  readonly children?: ComponentChildren;
  /** The next step. */
  readonly actions?: ComponentChildren;
  /** Errors interrupt; news is told when there is time; the rest is found by reading. */
  readonly role?: "alert" | "status";
}

function Mark({ mark }: { mark: StateMark }) {
  if (mark === "logo") return <Logo />;
  if (mark === "logo-sync") return <Logo inSync />;
  if ("icon" in mark)
    return (
      <span class={`c-${mark.tone}`}>
        <Icon name={mark.icon} />
      </span>
    );
  return <Glyph name={mark.glyph} tone={mark.tone} />;
}

/** A state of the panel: what is so, why, and the next step. */
export function StateCard(props: StateProps) {
  return (
    <section class="card lone" data-testid="state" data-state={props.name}>
      <div class="state" role={props.role}>
        <Mark mark={props.mark} />
        <h2>{props.head}</h2>
        {props.children === undefined ? null : <div class="state-body">{props.children}</div>}
        {props.actions === undefined ? null : <div class="do">{props.actions}</div>}
      </div>
    </section>
  );
}

/** The same as a band above a list that goes on being useful. */
export function StateBand(props: StateProps) {
  const tone = typeof props.mark === "string" ? "acc" : props.mark.tone;
  return (
    <section class={`note band tone-${tone}`} data-testid="state" data-state={props.name} role={props.role}>
      <Mark mark={props.mark} />
      <div class="band-text">
        <b>{props.head}</b> {props.children}
      </div>
      {props.actions === undefined ? null : <div class="do">{props.actions}</div>}
    </section>
  );
}
