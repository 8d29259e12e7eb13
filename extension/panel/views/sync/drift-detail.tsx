import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Slot } from "../../../../core/merge/slot.ts";
import type { Decision } from "../../../../core/session/drift.ts";
import type { BaseEntry, RecordRead } from "../../../../core/session/ports.ts";
import { Button } from "../../components/button.tsx";
import { DriftPair } from "../../components/drift-pair.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { DifferenceValue } from "../../components/value/difference-value.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { isWritable, sayDrift } from "../../format/drift-words.ts";
import { fieldDifferences } from "../../format/field-differences.ts";
import { keyText } from "../../format/key-text.ts";
import { plural } from "../../format/numbers.ts";
import { type CellValue, readCell } from "../../format/read-value.ts";
import { typeName } from "../../format/value-kinds.ts";
import { usePanel } from "../../stores/panel.ts";
import type { DriftDetail, DriftRow } from "../../worker/api.ts";
import { canResolve } from "./decisions.ts";

/** One drift: what to do about it, and both sides field by field. */
export function DriftDetailPane() {
  const { sync } = usePanel();
  const state = sync.detail.value;
  if (state.is === "none")
    return (
      <section class="pane" aria-label="Drift of a record" data-pane data-testid="drift-detail">
        <div class="rec-head">
          <span class="muted">No record</span>
        </div>
        <p class="hint pad">Nothing in the list. Change the filter, or compare again.</p>
      </section>
    );
  const row = state.is === "ready" ? state.detail.row : state.row;
  return (
    <section
      class="pane"
      aria-label={`Drift of ${keyText(row.key).text}`}
      data-pane
      data-testid="drift-detail"
    >
      <DetailHead row={row} />
      {state.is === "loading" ? (
        <p class="hint pad" role="status">
          Reading both sides
        </p>
      ) : state.is === "error" ? (
        <p class="field-problem pad" role="alert">
          <Icon name="err" small />
          {state.error.message}
        </p>
      ) : (
        <DetailBody key={state.detail.row.index} detail={state.detail} />
      )}
    </section>
  );
}

function DetailHead({ row }: { row: DriftRow }) {
  const { sync, ui } = usePanel();
  const key = keyText(row.key);
  const words = sayDrift(row);
  const step = (by: number) => void sync.moveTo(sync.lines.value.step(sync.cursor.value, by));
  return (
    <div class="rec-head wrap">
      <DriftPair drift={row} />
      <b class="mono trunc" title={`${key.text} (${key.type})`}>
        <bdi>{key.text}</bdi>
      </b>
      <span class="muted trunc sentence at-medium" title={words}>
        {words}
      </span>
      <span class="grow only-narrow" />
      {isWritable(row.kind) ? <Choices row={row} /> : <span class="hint">never written</span>}
      {canResolve(row) ? (
        <Button
          testId="resolve"
          title="Field by field, with the base (Enter)"
          onPress={() => {
            ui.syncScreen.value = "three-way";
          }}
          {...(row.decision.do === "decide" && row.kind === "conflict" ? { look: "primary" as const } : {})}
        >
          Resolve…
        </Button>
      ) : null}
      <Button icon look="quiet" label="Previous record" title="Previous record (K)" onPress={() => step(-1)}>
        <Icon name="up" />
      </Button>
      <Button icon look="quiet" label="Next record" title="Next record (J)" onPress={() => step(1)}>
        <Icon name="down" />
      </Button>
    </div>
  );
}

/** Push, pull or leave; a merged result and a renewed base are shown as what they are. */
function Choices({ row }: { row: DriftRow }) {
  const { sync } = usePanel();
  const decision = row.decision.do;
  const renewing = row.kind === "converged";
  if (renewing) return <span class="muted">Both sides are equal: the base is renewed</span>;
  const choose = (next: Decision) => void sync.decide(row, next);
  const option = (testId: string, next: Decision, title: string, content: ComponentChildren) => (
    <button
      type="button"
      role="radio"
      aria-checked={decision === next.do}
      tabIndex={
        decision === next.do || (next.do === "push" && !["push", "pull", "leave"].includes(decision)) ? 0 : -1
      }
      data-testid={testId}
      title={title}
      onClick={() => choose(next)}
    >
      {content}
    </button>
  );
  function onKeyDown(event: KeyboardEvent): void {
    const step =
      event.key === "ArrowRight" || event.key === "ArrowDown"
        ? 1
        : event.key === "ArrowLeft" || event.key === "ArrowUp"
          ? -1
          : 0;
    if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next?.focus();
    next?.click();
  }
  const gone = row.local.state !== "present";
  const goneThere = row.remote.state !== "present";
  return (
    <>
      {decision === "merge" ? (
        <span class="tag line">
          <Icon name="merge" small />
          Merged
        </span>
      ) : null}
      <div
        class="seg"
        role="radiogroup"
        aria-label={`What to do with ${keyText(row.key).text}`}
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        {option(
          "choose-push",
          { do: "push" },
          gone ? "Delete it there (1)" : "Push local (1)",
          <>
            <Icon name="push" />
            {gone ? "Delete there" : "Push local"}
          </>,
        )}
        {option(
          "choose-pull",
          { do: "pull" },
          goneThere ? "Delete it here (3)" : "Keep remote (3)",
          <>
            <Icon name="pull" />
            {goneThere ? "Delete here" : "Keep remote"}
          </>,
        )}
        {option("choose-leave", { do: "leave" }, "Leave both as they are (0)", "Leave")}
      </div>
    </>
  );
}

function DetailBody({ detail }: { detail: DriftDetail }) {
  const { sync } = usePanel();
  const [changedOnly, setChangedOnly] = useState(true);
  const local = useMemo(() => readCell(detail.local), [detail.local]);
  const remote = useMemo(() => readCell(detail.remote), [detail.remote]);
  const base = useMemo(() => (detail.base === undefined ? undefined : readCell(detail.base)), [detail.base]);
  const both = local.is === "value" && remote.is === "value";
  const differences = useMemo(
    () =>
      local.is === "value" && remote.is === "value" ? fieldDifferences(local.value, remote.value) : undefined,
    [local, remote],
  );
  // Colours follow the proposal: green is what stays, red is what is replaced.
  const stays = stayingSide(detail.row.decision.do);
  return (
    <div
      class="fd scroll"
      id="drift-fields"
      role="table"
      aria-label={`Fields of ${keyText(detail.row.key).text}`}
      tabIndex={0}
    >
      {detail.refreshed ? (
        <p class="note unk" role="status">
          <Icon name="clock" />
          <span>It moved since the compare: this is what is there now.</span>
        </p>
      ) : null}
      <div class="frow fhead" role="row">
        <div role="columnheader">Field</div>
        <div role="columnheader">
          <Icon name="page" />
          Local <span class="type trunc">{sideNote(detail.local, detail, "local")}</span>
        </div>
        <div role="columnheader">
          <Icon name="remote" />
          Remote <span class="type trunc">{sideNote(detail.remote, detail, "remote")}</span>
        </div>
      </div>
      {differences === undefined ? (
        <OneSided local={local} remote={remote} detail={detail} stays={stays} />
      ) : (
        <>
          {differences.changed.map((field) => (
            <div class="frow" role="row" key={field.path} data-testid="difference" data-path={field.path}>
              <FieldName path={field.path} local={field.local} remote={field.remote} />
              <SideCell side={field.local} other={field.remote} tone={toneOf(stays, "local")} />
              <SideCell side={field.remote} other={field.local} tone={toneOf(stays, "remote")} />
            </div>
          ))}
          {differences.equal.length === 0 ? null : changedOnly ? (
            <div class="frow" role="row">
              <div class="fk" role="rowheader">
                <Glyph name="none" tone="off" />
                <button type="button" class="door" onClick={() => setChangedOnly(false)}>
                  {plural(differences.equal.length, "field")}
                </button>
              </div>
              <div role="cell">
                <span class="eq">equal</span>
              </div>
              <div role="cell">
                <span class="eq">equal</span>
              </div>
            </div>
          ) : (
            differences.equal.map((field) => (
              <div class="frow" role="row" key={field.name}>
                <div class="fk" role="rowheader">
                  <Glyph name="none" tone="off" />
                  <bdi class="muted">{field.name}</bdi>
                </div>
                <div role="cell">
                  <InlineValue value={field.value} />
                </div>
                <div role="cell">
                  <span class="eq">equal</span>
                </div>
              </div>
            ))
          )}
        </>
      )}
      <Facts detail={detail} base={base} both={both} reread={() => void sync.moveTo(sync.cursor.value)} />
    </div>
  );
}

type Stays = "local" | "remote" | "neither";

function stayingSide(decision: DriftRow["decision"]["do"]): Stays {
  return decision === "push" ? "local" : decision === "pull" ? "remote" : "neither";
}

function toneOf(stays: Stays, side: "local" | "remote"): "now" | "was" | "open" {
  return stays === "neither" ? "open" : stays === side ? "now" : "was";
}

function FieldName({ path, local, remote }: { path: string; local: Slot; remote: Slot }) {
  const only = !local.present || !remote.present;
  return (
    <div class="fk" role="rowheader">
      <Glyph name={only ? "add" : "chg"} tone={only ? "add" : "chg"} />
      <bdi>{path || "value"}</bdi>
    </div>
  );
}

function SideCell({ side, other, tone }: { side: Slot; other: Slot; tone: "now" | "was" | "open" }) {
  if (!side.present)
    return (
      <div role="cell">
        <span class="v-miss">missing</span>
      </div>
    );
  const isOnly = !other.present;
  return (
    <div role="cell" class={tone === "open" ? "either" : tone}>
      {isOnly ? (
        <>
          <span class="type">{typeName(side.value)}</span> <DifferenceValue value={side.value} mark="ins" />
        </>
      ) : (
        <DifferenceValue value={side.value} other={other} mark={tone === "was" ? "del" : "ins"} />
      )}
    </div>
  );
}

/** A record that only one side holds, or that cannot be read: the one there is, field by field. */
function OneSided(props: { local: CellValue; remote: CellValue; detail: DriftDetail; stays: Stays }) {
  const { local, remote, stays } = props;
  const whole = local.is === "value" ? local.value : remote.is === "value" ? remote.value : undefined;
  const side = local.is === "value" ? "local" : "remote";
  const fields: readonly (readonly [string, unknown])[] =
    typeof whole === "object" && whole !== null && Object.getPrototypeOf(whole) === Object.prototype
      ? Object.entries(whole)
      : whole === undefined && local.is !== "value" && remote.is !== "value"
        ? []
        : [["", whole]];
  const cell = (at: "local" | "remote", value: unknown) =>
    at === side ? (
      <div role="cell" class={toneOf(stays, at) === "open" ? "either" : toneOf(stays, at)}>
        <InlineValue value={value} options={{ budget: 400, fullDates: true }} />
      </div>
    ) : (
      <div role="cell">
        <span class="v-miss">missing</span>
      </div>
    );
  if (fields.length === 0)
    return (
      <div class="frow" role="row">
        <div class="fk" role="rowheader">
          record
        </div>
        <AbsentCell read={props.detail.local} value={local} />
        <AbsentCell read={props.detail.remote} value={remote} />
      </div>
    );
  return (
    <>
      {local.is === "value" && remote.is === "value" ? null : (
        <div class="frow" role="row">
          <div class="fk" role="rowheader">
            <span class="muted">record</span>
          </div>
          <AbsentCell read={props.detail.local} value={local} />
          <AbsentCell read={props.detail.remote} value={remote} />
        </div>
      )}
      {fields.map(([name, value]) => (
        <div class="frow" role="row" key={name}>
          <div class="fk" role="rowheader">
            <Glyph name={side === "local" ? "add" : "add"} tone="off" />
            <bdi>{name || "value"}</bdi>
          </div>
          {cell("local", value)}
          {cell("remote", value)}
        </div>
      ))}
    </>
  );
}

function AbsentCell({ read, value }: { read: RecordRead; value: CellValue }) {
  if (value.is === "unreadable")
    return (
      <div role="cell">
        <span class="v-bad">cannot be read: {value.reason}</span>
      </div>
    );
  if (value.is === "value")
    return (
      <div role="cell">
        <span class="eq">present</span>
      </div>
    );
  return (
    <div role="cell">
      <span class="eq">{read.state === "deleted" ? "deleted" : "not there"}</span>
    </div>
  );
}

function sideNote(read: RecordRead, detail: DriftDetail, side: "local" | "remote"): string {
  if (read.state !== "present")
    return read.state === "deleted" ? "deleted" : read.state === "absent" ? "not there" : "unreadable";
  const change = side === "local" ? detail.row.here : detail.row.there;
  if (detail.row.noBase) return "no base";
  return change === "none" ? "= base" : change;
}

function Facts(props: {
  detail: DriftDetail;
  base: CellValue | undefined;
  both: boolean;
  reread: () => void;
}) {
  const { detail, base } = props;
  const blocked = detail.local.blocked ?? detail.remote.blocked;
  return (
    <div role="row">
      <div role="cell">
        <dl class="kv why">
          {blocked === undefined ? null : (
            <>
              <dt>Not written</dt>
              <dd>{blocked}</dd>
            </>
          )}
          <dt>Base</dt>
          <dd>{baseWords(detail.base, base)}</dd>
          {detail.remote.token === undefined ? null : (
            <>
              <dt>Version there</dt>
              <dd class="mono">
                <bdi>{detail.remote.token}</bdi>
              </dd>
            </>
          )}
        </dl>
      </div>
    </div>
  );
}

function baseWords(entry: BaseEntry | undefined, value: CellValue | undefined): ComponentChildren {
  if (entry === undefined) return "none: this record was absent on both sides, or never compared";
  switch (entry.state) {
    case "noBase":
      return "none: the two sides were never seen equal";
    case "absent":
      return "absent on both sides";
    case "deleted":
      return "deleted on both sides";
    case "present":
      return value?.is === "value" ? (
        <InlineValue value={value.value} options={{ budget: 300 }} />
      ) : (
        "equal on both sides then; its body was not kept"
      );
  }
}
