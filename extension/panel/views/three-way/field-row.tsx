import { useLayoutEffect, useRef } from "preact/hooks";
import type { FieldChoice } from "../../../../core/merge/merge-fields.ts";
import type { Slot } from "../../../../core/merge/slot.ts";
import { slotsEqual } from "../../../../core/merge/values-equal.ts";
import { Button } from "../../components/button.tsx";
import { Glyph, Icon, type IconName } from "../../components/icon.tsx";
import { PathWords } from "../../components/path-words.tsx";
import { DifferenceValue } from "../../components/value/difference-value.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { type ListedField, resultOf, type Side } from "../../format/merge-fields.ts";
import { typeName } from "../../format/value-kinds.ts";
import { FieldEditor } from "./field-editor.tsx";

const LABELS: Readonly<Record<Side, string>> = { local: "Local", base: "Base", remote: "Remote" };
const DIGITS: Readonly<Record<Side, string>> = { local: "1", base: "2", remote: "3" };
const ICONS: Readonly<Record<Side, IconName>> = { local: "push", base: "base", remote: "pull" };
const LONG_LINE = { budget: 400, fullDates: true } as const;

export interface FieldRowProps {
  readonly listed: ListedField;
  readonly choice: FieldChoice | undefined;
  readonly current: boolean;
  readonly hasBase: boolean;
  readonly editing: boolean;
  readonly onCurrent: () => void;
  readonly onChoose: (side: Side) => void;
  readonly onEdit: () => void;
  /** The edited value, or undefined when the edit was given up. */
  readonly onEdited: (edited: { readonly value: unknown } | undefined) => void;
}

/** One field: three radios and the result. */
export function FieldRow(props: FieldRowProps) {
  const { listed, choice, current, hasBase } = props;
  const row = useRef<HTMLDivElement>(null);
  const result = resultOf(listed, choice);
  const isConflict = listed.automatic === undefined;
  const checked = checkedSide(listed, choice);
  const sides: readonly Side[] = hasBase ? ["local", "base", "remote"] : ["local", "remote"];
  const stop = checked ?? "local";

  // The focus follows the current field, unless somebody is elsewhere (in the editor, say).
  useLayoutEffect(() => {
    if (!current || props.editing) return;
    row.current?.scrollIntoView({ block: "nearest" });
    if (
      row.current?.closest(".m3")?.contains(document.activeElement) ||
      document.activeElement === document.body
    )
      row.current?.querySelector<HTMLElement>('.mv[tabindex="0"]')?.focus();
  }, [current, props.editing]);

  return (
    <div
      ref={row}
      class={`mrow${current ? " current" : ""}${isConflict ? "" : " auto"}`}
      role="radiogroup"
      aria-label={listed.label}
      data-testid="field"
      data-path={listed.label}
      data-decided={result !== undefined}
      onClick={props.onCurrent}
    >
      <div class="fname">
        <span class="mono">
          <Glyph name={isConflict ? "conf" : "chg"} tone={isConflict ? "conf" : "chg"} />
          <PathWords path={listed.label} />
        </span>
        <span class="type">{typeOf(listed)}</span>
      </div>
      {sides.map((side) => (
        <button
          key={side}
          type="button"
          class="mv"
          role="radio"
          aria-checked={checked === side}
          aria-label={`${LABELS[side]} ${listed.label}`}
          title={`Take ${side} (${DIGITS[side]})`}
          tabIndex={current && stop === side ? 0 : -1}
          data-testid={`take-${side}`}
          onClick={() => props.onChoose(side)}
        >
          <span class="radio" />
          <span class="lbl" aria-hidden="true">
            {LABELS[side]}
          </span>
          <span class="t">
            <SideValue listed={listed} side={side} hasBase={hasBase} />
          </span>
        </button>
      ))}
      <div class={`res${result === undefined ? " open" : ""}`} aria-live="polite">
        {props.editing ? (
          <FieldEditor
            label={listed.label}
            value={editStart(listed, result)}
            onSave={(value) => props.onEdited({ value })}
            onCancel={() => props.onEdited(undefined)}
          />
        ) : (
          <>
            <span class="t">
              <Result slot={result} />
            </span>
            <span class="src">
              {result === undefined ? null : <Source listed={listed} choice={choice} />}
              <Button
                testId="edit-field"
                look="quiet"
                extra="mini"
                label={`Edit ${listed.label}`}
                title="Edit the value (E)"
                onPress={props.onEdit}
              >
                <Icon name="edit" small />
              </Button>
            </span>
          </>
        )}
      </div>
    </div>
  );
}

function Result({ slot }: { slot: Slot | undefined }) {
  if (slot === undefined)
    return (
      <span class="undec">
        <Glyph name="conf" tone="conf" />
        <b>Not decided</b>
      </span>
    );
  return slot.present ? (
    <InlineValue value={slot.value} options={LONG_LINE} />
  ) : (
    <span class="v-miss">missing: the field is left out</span>
  );
}

/** A side, with what differs from the base marked; without a base, what differs from the other side. */
function SideValue({ listed, side, hasBase }: { listed: ListedField; side: Side; hasBase: boolean }) {
  const { field } = listed;
  const slot = field[side];
  if (side !== "base" && hasBase && slotsEqual(field.base, slot)) return <span class="same-as">as base</span>;
  if (!slot.present) return <span class="v-miss">missing</span>;
  if (side === "base") return <InlineValue value={slot.value} options={LONG_LINE} />;
  const other = field.base.present ? field.base : side === "local" ? field.remote : field.local;
  return other.present ? (
    <DifferenceValue value={slot.value} other={other} mark="ins" />
  ) : (
    <DifferenceValue value={slot.value} mark="ins" />
  );
}

function Source({ listed, choice }: { listed: ListedField; choice: FieldChoice | undefined }) {
  if (choice?.take === "value")
    return (
      <span class="tag line">
        <Icon name="edit" small />
        Edited
      </span>
    );
  const side = checkedSide(listed, choice);
  if (side === undefined) return null;
  const why =
    choice !== undefined ? "" : listed.field.outcome === "both" ? ", same on both" : ", only change";
  return (
    <span class="tag line">
      <Icon name={ICONS[side]} small />
      {LABELS[side]}
      {why}
    </span>
  );
}

function checkedSide(listed: ListedField, choice: FieldChoice | undefined): Side | undefined {
  if (choice === undefined) return listed.automatic;
  return choice.take === "local" || choice.take === "base" || choice.take === "remote"
    ? choice.take
    : undefined;
}

function typeOf({ field }: ListedField): string {
  const names = [field.local, field.remote].flatMap((slot) => (slot.present ? [typeName(slot.value)] : []));
  return [...new Set(names)].join(" / ");
}

/** An edit starts from the result so far, else from what is here. */
function editStart({ field }: ListedField, result: Slot | undefined): unknown {
  for (const slot of [result, field.local, field.remote]) if (slot?.present) return slot.value;
  return undefined;
}
