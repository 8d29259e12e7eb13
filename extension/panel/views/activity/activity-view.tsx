import { useEffect } from "preact/hooks";
import type { ApplyHeader } from "../../../../core/session/ports.ts";
import { Button } from "../../components/button.tsx";
import { type GridMove, VirtualGrid } from "../../components/grid/virtual-grid.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { clockSeconds, count, duration, fullTime } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { STATUSES } from "../../stores/plan.ts";
import type { WorkerError } from "../../worker/api.ts";
import { OUTCOME_WORDS } from "../plan/outcome-words.ts";

/** Every apply of this mapping, with what came of it and its undo. */
export function ActivityView() {
  const panel = usePanel();
  const { activity, bridge } = panel;
  const history = activity.history.value;
  useEffect(() => void activity.refresh(), [activity]);
  const mapping = bridge.mapping.value;
  const error = activity.error.value;
  return (
    <div class="view activity" id="view" role="tabpanel" aria-labelledby="tab-activity">
      <h1 class="sr">Activity</h1>
      {mapping === undefined || error !== undefined || history?.length === 0 ? (
        <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State" data-pane>
          {error === undefined ? <NothingYet /> : <Unreadable error={error} />}
        </div>
      ) : (
        <section class="pane" aria-label="Applies" data-pane>
          <div class="bar">
            <b>History</b>
            <span class="muted trunc">
              <bdi>{mapping.ref.store}</bdi> ⇄ <bdi>{mapping.collection}</bdi>
            </span>
          </div>
          {history === undefined ? null : <History history={history} />}
        </section>
      )}
    </div>
  );
}

function NothingYet() {
  const { page, ui } = usePanel();
  const store = page.chosen.value?.ref.store;
  return (
    <StateCard
      name="empty"
      mark={{ icon: "time", tone: "off" }}
      head={
        store === undefined ? (
          "Nothing was applied yet"
        ) : (
          <>
            Nothing was applied to <bdi>{store}</bdi> yet
          </>
        )
      }
      actions={
        <Button
          onPress={() => {
            ui.tab.value = "sync";
          }}
        >
          Go to Sync
        </Button>
      }
    >
      <p>Every apply is listed here with its outcomes, and can be undone from here.</p>
    </StateCard>
  );
}

/** Never "nothing was applied": that is not known now. */
function Unreadable({ error }: { error: WorkerError }) {
  const { activity } = usePanel();
  return (
    <StateCard
      name="error"
      role="alert"
      mark={{ icon: "err", tone: "rem" }}
      head="The history cannot be read"
      actions={
        <Button look="primary" onPress={() => void activity.refresh()}>
          <Icon name="refresh" />
          Read again
        </Button>
      }
    >
      <p>{error.message}</p>
    </StateCard>
  );
}

function History({ history }: { history: readonly ApplyHeader[] }) {
  const panel = usePanel();
  const { activity } = panel;
  const cursor = Math.min(activity.cursor.value, history.length - 1);

  function onMove(move: GridMove): void {
    const next =
      "to" in move
        ? move.to === "first" || move.to === "rowStart"
          ? 0
          : history.length - 1
        : move.by === "lines"
          ? cursor + move.lines
          : cursor;
    activity.cursor.value = Math.max(0, Math.min(history.length - 1, next));
  }

  return (
    <VirtualGrid
      id="history"
      label="Applies"
      testId="history"
      lines={history.length}
      columnCount={4}
      template="minmax(86px, 124px) minmax(90px, 1fr) minmax(120px, 1.2fr) 84px"
      cursor={cursor}
      onMove={onMove}
      onPick={({ line }) => {
        activity.cursor.value = line;
      }}
      onKey={(event) => {
        const apply = history[cursor];
        if (event.key !== "Enter" || apply === undefined) return false;
        if (isUnfinished(apply)) void goOn(panel, apply);
        else if (undoBlocked(apply, activity.undone.value) === undefined) void undo(panel, apply);
        else return false;
        return true;
      }}
      head={
        <div role="row" class="head" aria-rowindex={1}>
          {["When", "What", "Outcomes"].map((name) => (
            <div key={name} role="columnheader">
              <span class="nm">{name}</span>
            </div>
          ))}
          <div role="columnheader">
            <span class="sr">Undo</span>
          </div>
        </div>
      }
      row={(line, id) => {
        const apply = history[line];
        return apply === undefined ? null : (
          <HistoryRow id={id} line={line} apply={apply} selected={line === cursor} />
        );
      }}
    />
  );
}

async function undo({ plan, ui }: ReturnType<typeof usePanel>, apply: ApplyHeader): Promise<void> {
  if (!(await plan.previewUndo(apply.applyId))) return;
  ui.tab.value = "sync";
  ui.syncScreen.value = "plan";
}

/** Cancelled, or ended by a crash: the same plan goes on from there. */
function isUnfinished(apply: ApplyHeader): boolean {
  return apply.finishedAt === undefined;
}

/** What waits in the bridge's queue is only shown. */
async function goOn({ plan, queue, ui }: ReturnType<typeof usePanel>, apply: ApplyHeader): Promise<void> {
  if (!(await plan.reopen(apply.applyId))) return;
  ui.tab.value = "sync";
  ui.syncScreen.value = "plan";
  if (queue.waitingOf(apply.applyId) === undefined) await plan.resume();
}

/** Why an apply cannot be undone, or undefined when it can. */
function undoBlocked(apply: ApplyHeader, undone: ReadonlySet<string>): string | undefined {
  if (undone.has(apply.applyId)) return "undone";
  if (apply.kind === "undo") return "an undo";
  if ((apply.counts.applied ?? 0) === 0) return "nothing applied";
  return undefined;
}

function HistoryRow(props: { id: string; line: number; apply: ApplyHeader; selected: boolean }) {
  const panel = usePanel();
  const { apply } = props;
  const blocked = undoBlocked(apply, panel.activity.undone.value);
  const isQueued = panel.queue.waitingOf(apply.applyId) !== undefined;
  const took =
    apply.finishedAt === undefined
      ? isQueued
        ? "queued"
        : "not finished"
      : `took ${duration(apply.finishedAt - apply.startedAt)}`;
  const what = apply.kind === "undo" ? "Undo" : "Apply";
  const who = apply.by === undefined ? "" : ` · ${apply.by}`;
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.line + 2}
      aria-selected={props.selected}
      data-testid="history-row"
      data-apply={apply.applyId}
      data-kind={apply.kind}
    >
      <div role="gridcell" title={fullTime(apply.startedAt)}>
        {clockSeconds(apply.startedAt)}
      </div>
      <div role="gridcell" class="ui flex" title={`${what}, ${took}${who}`}>
        <span class="muted">
          <Icon name={apply.kind === "undo" ? "undo" : "both"} />
        </span>
        <span class="trunc">
          {what}
          <span class="muted">
            {" "}
            · {took}
            {who}
          </span>
        </span>
      </div>
      <div role="gridcell" class="flex ui">
        {STATUSES.filter((status) => (apply.counts[status] ?? 0) > 0).map((status) => (
          <span class="row tight" key={status} title={OUTCOME_WORDS[status].label}>
            <Glyph name={OUTCOME_WORDS[status].glyph} tone={OUTCOME_WORDS[status].tone} />
            <span class="sr">{OUTCOME_WORDS[status].label} </span>
            {count(apply.counts[status] ?? 0)}
          </span>
        ))}
      </div>
      <div role="gridcell" class="ui flex end">
        {isUnfinished(apply) ? (
          <button
            type="button"
            class="btn mini"
            tabIndex={-1}
            data-testid={isQueued ? "show-queued" : "resume"}
            title={
              isQueued
                ? "It waits in the bridge’s queue. Shows the plan (Enter)"
                : "Goes on with the same plan from where it ended (Enter)"
            }
            onClick={() => void goOn(panel, apply)}
          >
            {isQueued ? "Queued…" : "Continue"}
          </button>
        ) : blocked === undefined ? (
          <button
            type="button"
            class="btn quiet mini"
            tabIndex={-1}
            data-testid="undo"
            title="Shows the plan that takes this apply back (Enter)"
            onClick={() => void undo(panel, apply)}
          >
            <Icon name="undo" />
            Undo…
          </button>
        ) : (
          <span class="muted">{blocked}</span>
        )}
      </div>
    </div>
  );
}
