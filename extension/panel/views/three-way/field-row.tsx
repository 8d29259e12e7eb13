import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Glyph, Icon, type IconName } from "../../components/icon.tsx";
import { DifferenceValue } from "../../components/value/difference-value.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { isSame } from "../../format/field-differences.ts";
import { type Choice, chosenSide, type Side, type ThreeWayField } from "../../format/three-way-fields.ts";
import { typeName } from "../../format/value-kinds.ts";
import { FieldEditor } from "./field-editor.tsx";

const LABELS: Readonly<Record<Side, string>> = { local: "Local", base: "Base", remote: "Remote" };
const DIGITS: Readonly<Record<Side, string>> = { local: "1", base: "2", remote: "3" };
const ICONS: Readonly<Record<Side, IconName>> = { local: "push", base: "base", remote: "pull" };

export interface FieldRowProps {
  readonly field: ThreeWayField;
  readonly choice: Choice | undefined;
  readonly current: boolean;
  readonly hasBase: boolean;
  readonly editing: boolean;
  readonly onCurrent: () => void;
  readonly onChoose: (choice: Choice) => void;
  readonly onEdit: () => void;
  /** The edited value, or undefined when the edit was given up. */
  readonly onEdited: (choice: Choice | undefined) => void;
}

/** One field: three radios and the result. */
export function FieldRow(props: FieldRowProps) {
  const { field, choice, current } = props;
  const row = useRef<HTMLDivElement>(null);
  const result = chosenSide(field, choice);
  const isOpen = result === undefined;
  const checked = choice?.is === "side" ? choice.side : choice === undefined ? field.automatic : undefined;
  const sides: readonly Side[] = props.hasBase ? ["local", "base", "remote"] : ["local", "remote"];
  const stop = checked ?? "local";

  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: "nearest" });
  }, [current]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: ↑ and ↓ move between fields.
    <div
      ref={row}
      class={`mrow${current ? " current" : ""}${field.automatic === undefined ? "" : " auto"}${props.hasBase ? "" : " nobase"}`}
      role="radiogroup"
      aria-label={field.label}
      data-testid="field"
      data-path={field.label}
      data-decided={!isOpen}
      onClick={props.onCurrent}
    >
      <div class="fname">
        <span class="mono">
          <Glyph
            name={field.automatic === undefined ? "conf" : "chg"}
            tone={field.automatic === undefined ? "conf" : "chg"}
          />
          <bdi>{field.label}</bdi>
        </span>
        <span class="type">{typeOf(field)}</span>
      </div>
      {sides.map((side) => (
        <button
          key={side}
          type="button"
          class="mv"
          role="radio"
          aria-checked={checked === side}
          aria-label={`${LABELS[side]} ${field.label}`}
          title={`Take ${side} (${DIGITS[side]})`}
          tabIndex={current && stop === side ? 0 : -1}
          data-testid={`take-${side}`}
          onClick={() => props.onChoose({ is: "side", side })}
        >
          <span class="radio" />
          <span class="lbl" aria-hidden="true">
            {LABELS[side]}
          </span>
          <span class="t">
            <SideValue field={field} side={side} />
          </span>
        </button>
      ))}
      {props.hasBase ? null : <div class="mv none hint">no base</div>}
      <div class={`res${isOpen ? " open" : ""}`} aria-live="polite">
        {props.editing ? (
          <FieldEditor
            label={field.label}
            value={editStart(field, result)}
            onSave={(value) => props.onEdited({ is: "edited", value })}
            onCancel={() => props.onEdited(undefined)}
          />
        ) : (
          <>
            <span class="t">
              {isOpen ? (
                <span class="undec">
                  <Glyph name="conf" tone="conf" />
                  <b>Not decided</b>
                </span>
              ) : result.has ? (
                <InlineValue value={result.value} options={{ budget: 400, fullDates: true }} />
              ) : (
                <span class="v-miss">missing: the field is left out</span>
              )}
            </span>
            <span class="src">
              {isOpen ? null : <Source choice={choice} field={field} />}
              <Button
                testId="edit-field"
                look="quiet"
                extra="mini"
                label={`Edit ${field.label}`}
                title="Edit the value (E)"
                onPress={props.onEdit}
              >
                <Icon name="edit" />
                Edit
              </Button>
            </span>
          </>
        )}
      </div>
    </div>
  );
}

function SideValue({ field, side }: { field: ThreeWayField; side: Side }) {
  const value = field[side];
  if (value === undefined) return <span class="hint">no base</span>;
  if (!value.has) return <span class="v-miss">missing</span>;
  const { base } = field;
  if (side === "base") return <InlineValue value={value.value} options={{ budget: 300, fullDates: true }} />;
  if (base?.has && isSame(base.value, value.value)) return <span class="same-as">as base</span>;
  const other = base?.has ? base : side === "local" ? field.remote : field.local;
  return other.has ? (
    <DifferenceValue value={value.value} other={other} mark="ins" />
  ) : (
    <DifferenceValue value={value.value} mark="ins" />
  );
}

function Source({ choice, field }: { choice: Choice | undefined; field: ThreeWayField }) {
  if (choice?.is === "edited")
    return (
      <span class="tag line">
        <Icon name="edit" small />
        Edited
      </span>
    );
  const side = choice?.side ?? field.automatic;
  if (side === undefined) return null;
  return (
    <span class="tag line">
      <Icon name={ICONS[side]} small />
      {LABELS[side]}
      {choice === undefined ? ", only change" : ""}
    </span>
  );
}

function typeOf(field: ThreeWayField): string {
  const names = new Set(
    [field.local, field.remote].flatMap((side) => (side.has ? [typeName(side.value)] : [])),
  );
  return [...names].join(" / ");
}

/** An edit starts from the result so far, else from what is here. */
function editStart(field: ThreeWayField, result: ReturnType<typeof chosenSide>): unknown {
  if (result?.has) return result.value;
  if (field.local.has) return field.local.value;
  return field.remote.has ? field.remote.value : undefined;
}
