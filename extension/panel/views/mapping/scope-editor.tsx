import { useLayoutEffect, useRef } from "preact/hooks";
import { SCOPE_OPERATORS } from "../../../../core/mapping/scope.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { Button } from "../../components/button.tsx";
import {
  type ConditionDraft,
  type GroupDraft,
  type GroupRule,
  isGroup,
  NEW_CONDITION,
  type PartDraft,
  scopeOfDraft,
  scopeWords,
  takesValue,
} from "../../format/scope-draft.ts";
import { Select } from "./select.tsx";
import { ValueOfPage } from "./value-of-page.tsx";

const OPERATORS = SCOPE_OPERATORS.map((value) => ({
  value,
  label: value === "isNull" ? "is NULL" : value === "isNotNull" ? "is not NULL" : value,
}));

const RULES: readonly { readonly value: GroupRule; readonly label: string }[] = [
  { value: "all", label: "all of these hold" },
  { value: "any", label: "any of these holds" },
  { value: "none", label: "none of these holds" },
];

/** Groups in groups in groups are more than anybody reads. */
const MAX_DEPTH = 3;

interface Columns {
  readonly columns: readonly { readonly value: string; readonly label: string }[];
}

/** The part of the table that this store mirrors; values are bound, and those of the page asked about. */
export function ScopeEditor(props: {
  table: TableDescription;
  scope: GroupDraft;
  onChange: (scope: GroupDraft) => void;
}) {
  const { table, scope, onChange } = props;
  const columns = table.columns.map(({ name }) => ({ value: name, label: name }));
  const settled = scopeOfDraft(scope);
  return (
    <fieldset class="map-part" data-testid="scope">
      <legend>
        Scope <span class="hint">{scope.parts.length === 0 ? "all rows" : "a part of the rows"}</span>
      </legend>
      <Group group={scope} at={[]} columns={columns} onChange={onChange} />
      {typeof settled === "object" ? (
        <p class="scope-words" role="status" data-testid="scope-words">
          Rows where <bdi class="mono">{scopeWords(settled)}</bdi>
        </p>
      ) : null}
    </fieldset>
  );
}

function Group(
  props: Columns & {
    group: GroupDraft;
    /** Positions from the outermost group inwards. */
    at: readonly number[];
    onChange: (group: GroupDraft) => void;
    onRemove?: () => void;
  },
) {
  const { group, at, columns, onChange, onRemove } = props;
  const name = at.length === 0 ? "the scope" : `group ${nameOf(at)}`;
  const box = useRef<HTMLDivElement>(null);
  const before = useRef(group.parts.length);
  // The focus goes to what was added, and stays in the group where something was removed.
  useLayoutEffect(() => {
    const count = group.parts.length;
    if (count === before.current) return;
    const added = count > before.current;
    before.current = count;
    const parts = box.current?.querySelectorAll<HTMLElement>(":scope > .scope-parts > *");
    const target = added
      ? parts?.[count - 1]?.querySelector("select")
      : box.current?.querySelector(".map-more .btn");
    if (target instanceof HTMLElement) target.focus();
  }, [group.parts.length]);
  const add = (part: PartDraft): void => onChange({ ...group, parts: [...group.parts, part] });
  const set = (index: number, part: PartDraft): void =>
    onChange({ ...group, parts: group.parts.map((each, i) => (i === index ? part : each)) });
  const remove = (index: number): void =>
    onChange({ ...group, parts: group.parts.filter((_, i) => i !== index) });
  return (
    <div
      ref={box}
      class={`scope-group${at.length === 0 ? "" : " inner"}`}
      role="group"
      aria-label={name}
      data-testid="scope-group"
      data-path={nameOf(at)}
    >
      {group.parts.length < 2 && at.length === 0 && group.of !== "none" ? null : (
        <div class="map-line">
          <Select
            label={`How many conditions of ${name} have to hold`}
            value={group.of}
            testId="group-rule"
            options={RULES}
            onChange={(of) => onChange({ ...group, of })}
          />
          {onRemove === undefined ? null : (
            <Button extra="mini" look="quiet" label={`Remove ${name}`} onPress={onRemove}>
              Remove group
            </Button>
          )}
        </div>
      )}
      <div class="scope-parts">
        {group.parts.map((part, index) =>
          isGroup(part) ? (
            <Group
              key={index}
              group={part}
              at={[...at, index]}
              columns={columns}
              onChange={(changed) => set(index, changed)}
              onRemove={() => remove(index)}
            />
          ) : (
            <Condition
              key={index}
              condition={part}
              at={[...at, index]}
              columns={columns}
              onChange={(changed) => set(index, changed)}
              onRemove={() => remove(index)}
            />
          ),
        )}
      </div>
      <div class="map-more">
        <Button extra="mini" testId="add-condition" onPress={() => add(NEW_CONDITION)}>
          Add a condition
        </Button>
        {at.length + 1 >= MAX_DEPTH || group.parts.length === 0 ? null : (
          <Button
            extra="mini"
            testId="add-group"
            onPress={() => add({ of: group.of === "any" ? "all" : "any", parts: [NEW_CONDITION] })}
          >
            Add a group
          </Button>
        )}
      </div>
    </div>
  );
}

function Condition(
  props: Columns & {
    condition: ConditionDraft;
    at: readonly number[];
    onChange: (condition: ConditionDraft) => void;
    onRemove: () => void;
  },
) {
  const { condition, at, columns, onChange, onRemove } = props;
  const name = `condition ${nameOf(at)}`;
  return (
    <div class="map-condition" data-testid="condition" data-path={nameOf(at)}>
      <div class="map-line">
        <Select
          label={`Column of ${name}`}
          value={condition.column}
          testId="condition-column"
          options={[{ value: "", label: "choose a column" }, ...columns]}
          onChange={(column) => onChange({ ...condition, column })}
        />
        <Select
          label={`Operator of ${name}`}
          value={condition.is}
          testId="condition-operator"
          options={OPERATORS}
          onChange={(is) => onChange({ ...condition, is })}
        />
        {takesValue(condition) && condition.parameter === undefined ? (
          <label class="field">
            <span class="sr">Value of {name}</span>
            <input
              data-testid="condition-value"
              value={condition.text}
              placeholder="value"
              spellcheck={false}
              onInput={(event) => onChange({ ...condition, text: event.currentTarget.value })}
            />
          </label>
        ) : null}
        <Button extra="mini" look="quiet" label={`Remove ${name}`} onPress={onRemove}>
          Remove
        </Button>
        {takesValue(condition) ? (
          <ValueOfPage
            name={condition.column === "" ? `value${at.join("_")}` : condition.column}
            parameter={condition.parameter}
            onChange={(parameter) => {
              const { parameter: _, ...rest } = condition;
              onChange(parameter === undefined ? rest : { ...rest, parameter });
            }}
          />
        ) : null}
      </div>
    </div>
  );
}

/** Counted from 1, as people do: "2.1". */
const nameOf = (at: readonly number[]): string => at.map((index) => index + 1).join(".");
