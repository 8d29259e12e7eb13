import { useMemo, useState } from "preact/hooks";
import type { FieldChoice } from "../../../../core/merge/merge-fields.ts";
import { mergeByChoice } from "../../../../core/merge/merge-fields.ts";
import { mergeDecision } from "../../../../core/session/merge-decision.ts";
import { Button } from "../../components/button.tsx";
import { DriftPair } from "../../components/drift-pair.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { MenuButton } from "../../components/menu.tsx";
import { PathWords } from "../../components/path-words.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { sayDrift } from "../../format/drift-words.ts";
import { keyText } from "../../format/key-text.ts";
import { type Choices, listMerge, resultOf, type Side } from "../../format/merge-fields.ts";
import { count, plural } from "../../format/numbers.ts";
import { readCell } from "../../format/read-value.ts";
import { typeName } from "../../format/value-kinds.ts";
import { usePanel } from "../../stores/panel.ts";
import type { SyncStore } from "../../stores/sync.ts";
import { asWorkerError } from "../../stores/worker-port.ts";
import type { DriftDetail } from "../../worker/api.ts";
import { isTyping } from "../shell/global-keys.ts";
import { canResolve } from "../sync/decisions.ts";
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

const LONG_LINE = { budget: 300, fullDates: true } as const;

/** One record's local, base and remote, field by field, and the result that goes to both sides. */
export function ThreeWayView({ detail }: { detail: DriftDetail }) {
  const { ui, sync, bridge } = usePanel();
  const identities = bridge.mapping.value?.settings.identities;
  const local = useMemo(() => readCell(detail.local), [detail.local]);
  const remote = useMemo(() => readCell(detail.remote), [detail.remote]);
  const base = useMemo(() => (detail.base === undefined ? undefined : readCell(detail.base)), [detail.base]);
  const merge = useMemo(
    () =>
      local.is === "value" && remote.is === "value"
        ? listMerge(local.value, remote.value, base?.is === "value" ? base : undefined, identities)
        : undefined,
    [local, remote, base, identities],
  );
  const changed = merge?.changed ?? [];
  const equal = merge?.equal ?? [];
  const hasBase = merge?.hasBase ?? false;
  const [choices, setChoices] = useState<Choices>(new Map());
  const [current, setCurrent] = useState(0);
  const [editing, setEditing] = useState<string | undefined>(undefined);
  const [equalOpen, setEqualOpen] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);

  const open = changed.filter((listed) => resultOf(listed, choices.get(listed.key)) === undefined);
  const place = placeInKind(sync, detail.row.kind);
  const key = keyText(detail.row.key);

  const undecided =
    open.length === 0 ? undefined : `Decide ${open.map(({ label }) => label).join(", ")} first`;

  const back = () => {
    ui.syncScreen.value = "list";
  };

  function choose(fieldKey: string, choice: FieldChoice): void {
    setChoices(new Map(choices).set(fieldKey, choice));
    setProblem(undefined);
  }

  function chooseAll(side: Side): void {
    if (side === "base" && !hasBase) return;
    setChoices(new Map(changed.map((listed) => [listed.key, { take: side }])));
    setProblem(undefined);
  }

  /** Keeps the result as the decision; then the next conflict, or the list. */
  async function keep(then: "next" | "list"): Promise<void> {
    if (open.length > 0 || merge === undefined) return;
    try {
      const record = mergeByChoice(merge.merge, choices);
      if (!record.present) return;
      await sync.decide(detail.row, mergeDecision(record.value));
    } catch (thrown) {
      setProblem(asWorkerError(thrown).message);
      return;
    }
    if (then === "list") back();
    else await goOn(1);
  }

  async function leave(): Promise<void> {
    await sync.decide(detail.row, { do: "leave" });
    await goOn(1);
  }

  /** To the next record of the same kind; back to the list after the last. */
  async function goOn(step: 1 | -1): Promise<void> {
    const moved = await sync.moveWithinKind(detail.row.kind, step);
    const now = sync.detail.value;
    // A conflict that one side removed has nothing to merge: the list's detail offers what there is to choose.
    if (moved ? now.is !== "ready" || !canResolve(now.detail.row) : step === 1) back();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isTyping(event.target)) return;
    const key = mergeKey(event);
    if (key === undefined) return;
    const listed = changed[current];
    switch (key.do) {
      case "take":
        if (listed !== undefined && (key.side !== "base" || hasBase)) choose(listed.key, { take: key.side });
        break;
      case "take-all":
        chooseAll(key.side);
        break;
      case "move":
        setCurrent(Math.max(0, Math.min(changed.length - 1, current + key.by)));
        break;
      case "edit":
        if (listed !== undefined) setEditing(listed.key);
        break;
      case "next":
        void goOn(key.by);
        break;
      case "keep":
        void keep("next");
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
        <span class="nowrap muted">
          {count(place.at)} of {count(place.of)}
        </span>
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
      <div
        class={`m3 scroll${hasBase ? "" : " nobase"}`}
        role="group"
        aria-label={`Merge of ${key.text}`}
        data-pane
      >
        <div class="mrow mhead">
          <div>
            <b>Field</b>
            <small class="hint">
              {count(changed.length)} of {count(changed.length + equal.length)} differ
            </small>
          </div>
          <HeadCell icon="page" name="Local" note="this page" />
          {hasBase ? <HeadCell icon="base" name="Base" note="equal on both sides" /> : null}
          <HeadCell icon="remote" name="Remote" note={detail.remote.token ?? "the backend"} />
          <HeadCell icon="merge" name="Result" note="goes to both sides" />
        </div>
        {changed.map((listed, i) => (
          <FieldRow
            key={listed.key}
            listed={listed}
            choice={choices.get(listed.key)}
            current={i === current}
            hasBase={hasBase}
            editing={editing === listed.key}
            onCurrent={() => setCurrent(i)}
            onChoose={(side) => {
              setCurrent(i);
              choose(listed.key, { take: side });
            }}
            onEdit={() => {
              setCurrent(i);
              setEditing(listed.key);
            }}
            onEdited={(edited) => {
              if (edited !== undefined) choose(listed.key, { take: "value", value: edited.value });
              setEditing(undefined);
            }}
          />
        ))}
        {equal.length === 0 ? null : (
          <>
            <div class="fold">
              <Icon name={equalOpen ? "down" : "right"} small />
              <button
                type="button"
                class="door"
                aria-expanded={equalOpen}
                onClick={() => setEqualOpen(!equalOpen)}
              >
                {plural(equal.length, "field")}
              </button>
              {hasBase ? "equal on all three sides" : "equal on both sides"}
            </div>
            {equalOpen
              ? equal.map(({ key: fieldKey, label, field }) => (
                  <div class="mrow eqrow" key={fieldKey}>
                    <div class="fname">
                      <span class="mono plain">
                        <Glyph name="none" tone="off" />
                        <PathWords path={label} />
                      </span>
                    </div>
                    <div class="mono">
                      <InlineValue
                        value={field.local.present ? field.local.value : undefined}
                        options={LONG_LINE}
                      />
                    </div>
                    <div class="type">{field.local.present ? typeName(field.local.value) : ""}</div>
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
          testId="keep-result"
          title="Keep this result and go back to the list"
          blockedBy={undecided}
          onPress={() => void keep("list")}
          {...(place.of > 1 ? {} : { look: "primary" as const })}
        >
          Keep result
        </Button>
        {place.of > 1 ? (
          <Button
            look="primary"
            testId="keep-next"
            title="Keep this result and go to the next conflict (Ctrl Enter)"
            blockedBy={undecided}
            onPress={() => void keep("next")}
          >
            Keep, next
            <kbd>
              <span class="at-medium">Ctrl </span>↵
            </kbd>
          </Button>
        ) : null}
      </div>
    </div>
  );
}

/** Which of its kind the record under the cursor is. */
function placeInKind(sync: SyncStore, kind: string): { at: number; of: number } {
  let start = 0;
  for (const group of sync.shownGroups.value) {
    if (group.kind === kind) return { at: sync.cursor.value - start + 1, of: group.count };
    start += group.count;
  }
  return { at: 1, of: 1 };
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
