import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { DriftPair } from "../../components/drift-pair.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { MenuButton } from "../../components/menu.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { sayDrift } from "../../format/drift-words.ts";
import { keyText } from "../../format/key-text.ts";
import { encodeMerged } from "../../format/merge-decision.ts";
import { count, plural } from "../../format/numbers.ts";
import { readCell } from "../../format/read-value.ts";
import {
  type Choice,
  chosenSide,
  mergedRecord,
  type Side,
  type ThreeWayField,
  threeWay,
} from "../../format/three-way-fields.ts";
import { typeName } from "../../format/value-kinds.ts";
import { usePanel } from "../../stores/panel.ts";
import { asWorkerError } from "../../stores/worker-port.ts";
import type { DriftDetail } from "../../worker/api.ts";
import { isTyping } from "../shell/global-keys.ts";
import { FieldRow } from "./field-row.tsx";
import { mergeKey } from "./merge-keys.ts";

const SIDES: readonly {
  readonly side: Side;
  readonly label: string;
  readonly icon: "push" | "base" | "pull";
}[] = [
  { side: "local", label: "All local", icon: "push" },
  { side: "base", label: "All base", icon: "base" },
  { side: "remote", label: "All remote", icon: "pull" },
];

/** One record's local, base and remote, field by field, and the result that goes to both sides. */
export function ThreeWayView({ detail }: { detail: DriftDetail }) {
  const { ui, sync } = usePanel();
  const local = useMemo(() => readCell(detail.local), [detail.local]);
  const remote = useMemo(() => readCell(detail.remote), [detail.remote]);
  const base = useMemo(() => (detail.base === undefined ? undefined : readCell(detail.base)), [detail.base]);
  const fields = useMemo(
    () =>
      local.is === "value" && remote.is === "value"
        ? threeWay(local.value, remote.value, base?.is === "value" ? base : undefined)
        : { changed: [], equal: [] },
    [local, remote, base],
  );
  const hasBase = base?.is === "value";
  const [choices, setChoices] = useState<ReadonlyMap<string | undefined, Choice>>(new Map());
  const [current, setCurrent] = useState(0);
  const [editing, setEditing] = useState<string | undefined | false>(false);
  const [equalOpen, setEqualOpen] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);

  const open = fields.changed.filter((field) => chosenSide(field, choices.get(field.name)) === undefined);
  const conflicts = sync.shownGroups.value.find((group) => group.kind === detail.row.kind)?.count ?? 1;
  const key = keyText(detail.row.key);

  useEffect(() => box.current?.focus(), []);

  const back = () => {
    ui.syncScreen.value = "list";
  };

  function choose(field: ThreeWayField, choice: Choice): void {
    setChoices(new Map(choices).set(field.name, choice));
    setProblem(undefined);
  }

  function chooseAll(side: Side): void {
    if (side === "base" && !hasBase) return;
    setChoices(new Map(fields.changed.map((field) => [field.name, { is: "side", side } as const])));
    setProblem(undefined);
  }

  async function keep(): Promise<void> {
    if (open.length > 0 || local.is !== "value" || remote.is !== "value") return;
    try {
      const decision = encodeMerged(mergedRecord(local.value, remote.value, fields, choices));
      await sync.decide(detail.row, decision);
      await goOn(1);
    } catch (thrown) {
      setProblem(asWorkerError(thrown).message);
    }
  }

  async function leave(): Promise<void> {
    await sync.decide(detail.row, { do: "leave" });
    await goOn(1);
  }

  /** To the next record of the same kind; back to the list after the last. */
  async function goOn(step: 1 | -1): Promise<void> {
    if (!(await sync.moveWithinKind(detail.row.kind, step)) && step === 1) back();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isTyping(event.target)) return;
    const key = mergeKey(event);
    if (key === undefined) return;
    const field = fields.changed[current];
    switch (key.do) {
      case "take":
        if (field !== undefined && (key.side !== "base" || hasBase))
          choose(field, { is: "side", side: key.side });
        break;
      case "take-all":
        chooseAll(key.side);
        break;
      case "move":
        setCurrent(Math.max(0, Math.min(fields.changed.length - 1, current + key.by)));
        break;
      case "edit":
        if (field !== undefined) setEditing(field.name);
        break;
      case "next":
        void goOn(key.by);
        break;
      case "keep":
        void keep();
        break;
      case "leave":
        void leave();
        break;
      case "back":
        if (ui.dialog.value === "none") back();
        break;
    }
    event.preventDefault();
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: keys of the merge work from anywhere inside.
    <div
      class="view conflict"
      id="view"
      role="tabpanel"
      aria-labelledby="tab-sync"
      data-testid="three-way"
      data-open={open.length}
      onKeyDown={onKeyDown}
    >
      <h1 class="sr">
        {sayDrift(detail.row)}: <bdi>{key.text}</bdi>
      </h1>
      <div class="bar wrap" data-pane>
        <Button look="quiet" label="Drift: back to the list" title="Back to the list (Esc)" onPress={back}>
          <Icon name="left" />
          <span class="at-medium">Drift</span>
        </Button>
        <DriftPair drift={detail.row} />
        <b class="mono trunc" title={key.text}>
          <bdi>{key.text}</bdi>
        </b>
        <span class="muted trunc" title={sayDrift(detail.row)}>
          {sayDrift(detail.row)}
        </span>
        <span class="grow" />
        <span class="seg at-medium" role="group" aria-label="Take one side for all">
          {SIDES.filter(({ side }) => side !== "base" || hasBase).map(({ side, label, icon }, i) => (
            <button
              key={side}
              type="button"
              title={`Take ${side} for every field (Shift ${i + 1})`}
              onClick={() => chooseAll(side)}
            >
              <Icon name={icon} />
              {label}
            </button>
          ))}
        </span>
        <MenuButton
          label="Take one side for every field"
          extra="only-narrow"
          items={SIDES.filter(({ side }) => side !== "base" || hasBase).map(({ side, label, icon }) => ({
            label,
            icon: <Icon name={icon} />,
            onChoose: () => chooseAll(side),
          }))}
        >
          Take all
          <Icon name="down" small />
        </MenuButton>
        <span class="nowrap muted">{plural(conflicts, "record")} of this kind</span>
        <Button
          icon
          look="quiet"
          label="Previous conflict"
          title="Previous conflict (Shift N)"
          onPress={() => void goOn(-1)}
        >
          <Icon name="up" />
        </Button>
        <Button
          icon
          look="quiet"
          label="Next conflict"
          title="Next conflict (N)"
          onPress={() => void goOn(1)}
        >
          <Icon name="down" />
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the merge start here. */}
      <div
        class="m3 scroll"
        tabIndex={0}
        role="group"
        aria-label={`Merge of ${key.text}`}
        ref={box}
        data-pane
      >
        <div class="mrow mhead">
          <div>
            <b>Field</b>
            <small class="hint">
              {count(fields.changed.length)} of {count(fields.changed.length + fields.equal.length)} differ
            </small>
          </div>
          <HeadCell icon="page" name="Local" note="this page" />
          <HeadCell icon="base" name="Base" note={hasBase ? "equal on both sides" : "not kept"} />
          <HeadCell icon="remote" name="Remote" note={detail.remote.token ?? "the backend"} />
          <HeadCell icon="merge" name="Result" note="goes to both sides" />
        </div>
        {fields.changed.map((field, i) => (
          <FieldRow
            key={field.name ?? ""}
            field={field}
            choice={choices.get(field.name)}
            current={i === current}
            hasBase={hasBase}
            editing={editing !== false && editing === field.name}
            onCurrent={() => setCurrent(i)}
            onChoose={(choice) => {
              setCurrent(i);
              choose(field, choice);
            }}
            onEdit={() => {
              setCurrent(i);
              setEditing(field.name);
            }}
            onEdited={(value) => {
              if (value !== undefined) choose(field, value);
              setEditing(false);
              box.current?.focus();
            }}
          />
        ))}
        {fields.equal.length === 0 ? null : (
          <>
            <div class="fold">
              <Icon name={equalOpen ? "down" : "right"} small />
              <button
                type="button"
                class="door"
                aria-expanded={equalOpen}
                onClick={() => setEqualOpen(!equalOpen)}
              >
                {plural(fields.equal.length, "field")}
              </button>
              equal on both sides
            </div>
            {equalOpen
              ? fields.equal.map((field) => (
                  <div class="mrow eqrow" key={field.name}>
                    <div class="fname">
                      <span class="mono plain">
                        <Glyph name="none" tone="off" />
                        <bdi>{field.name}</bdi>
                      </span>
                    </div>
                    <div class="mono">
                      <InlineValue value={field.value} options={{ budget: 300, fullDates: true }} />
                    </div>
                    <div class="type">{typeName(field.value)}</div>
                  </div>
                ))
              : null}
          </>
        )}
      </div>
      <div class="foot" data-pane>
        {problem === undefined ? null : (
          <span class="field-problem" role="alert">
            <Icon name="err" small />
            {problem}
          </span>
        )}
        <span class="row" role="status">
          <Glyph name={open.length === 0 ? "ok" : "conf"} tone={open.length === 0 ? "add" : "conf"} />
          <b class="nowrap">
            {open.length === 0 ? "Every field is decided" : `${count(open.length)} left to decide`}
          </b>
        </span>
        <span class="hint at-medium nowrap row keys">
          <kbd>1</kbd> local <kbd>2</kbd> base <kbd>3</kbd> remote <kbd>E</kbd> edit <kbd>↑</kbd>
          <kbd>↓</kbd> field
        </span>
        <span class="grow" />
        <Button title="Leave both sides as they are (0)" onPress={() => void leave()}>
          Leave
        </Button>
        <Button
          look="primary"
          testId="keep-result"
          title="Keep this result and go to the next conflict (Ctrl Enter)"
          blockedBy={
            open.length === 0 ? undefined : `Decide ${open.map((field) => field.label).join(", ")} first`
          }
          onPress={() => void keep()}
        >
          Keep result{conflicts > 1 ? ", next" : ""}
          <kbd>
            <span class="at-medium">Ctrl </span>↵
          </kbd>
        </Button>
      </div>
    </div>
  );
}

function HeadCell({
  icon,
  name,
  note,
}: {
  icon: "page" | "base" | "remote" | "merge";
  name: string;
  note: string;
}) {
  return (
    <div>
      <span class="side">
        <Icon name={icon} />
        <b>{name}</b>
      </span>
      <small class="trunc" title={note}>
        <bdi>{note}</bdi>
      </small>
    </div>
  );
}
