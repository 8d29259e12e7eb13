import { useMemo } from "preact/hooks";
import { toHex } from "../../../../core/key/hex.ts";
import type { Decision } from "../../../../core/session/drift.ts";
import { DriftPair, Lanes } from "../../components/drift-pair.tsx";
import { type GridMove, VirtualGrid } from "../../components/grid/virtual-grid.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import {
  DECISION_WORDS,
  type DecisionName,
  groupSentence,
  isWritable,
  KIND_WORDS,
} from "../../format/drift-words.ts";
import { keyText } from "../../format/key-text.ts";
import { count } from "../../format/numbers.ts";
import { type Panel, usePanel } from "../../stores/panel.ts";
import type { DriftRow, DriftSummary } from "../../worker/api.ts";
import { canResolve } from "./decisions.ts";

const COLUMNS = "40px minmax(72px, 26%) minmax(0, 1fr) 104px";
/** With room for why something is proposed. */
const COLUMNS_WITH_REASONS = "40px minmax(72px, 22%) minmax(0, 1fr) minmax(104px, 34%)";

/** The drift, grouped by kind. Only what is on screen exists. */
export function DriftList() {
  const panel = usePanel();
  const { sync, bridge, page } = panel;
  sync.rows.version.value;
  sync.summariesVersion.value;
  const lines = sync.lines.value;
  const cursorLine = lines.rows === 0 ? -1 : lines.lineOf(sync.cursor.value);
  const policy = bridge.mapping.value?.settings.policy?.is ?? "manual";
  const hasReasons = policy !== "manual" || sync.summary.value?.bulk?.step.do === "propose";
  const local = page.chosen.value?.ref.store ?? "local";
  const remote = bridge.mapping.value?.collection ?? "remote";

  function onMove(move: GridMove): void {
    const at = sync.cursor.value;
    if ("to" in move) {
      if (move.to === "first") void sync.moveTo(0);
      if (move.to === "last") void sync.moveTo(lines.rows - 1);
    } else if (move.by === "lines") void sync.moveTo(lines.step(at, move.lines));
    else {
      const line = lines.at(cursorLine);
      const isOpen = line?.is === "row";
      // ← closes the group that the cursor is in, → opens it again.
      if (line !== undefined && isOpen === move.cells < 0) sync.toggleGroup(line.kind);
    }
  }

  return (
    <VirtualGrid
      id="drift"
      label="Drift"
      testId="drifts"
      lines={lines.total}
      columnCount={4}
      template={hasReasons ? COLUMNS_WITH_REASONS : COLUMNS}
      cursor={cursorLine}
      onMove={onMove}
      onKey={(event) => listKey(event, panel)}
      busy={sync.running.value !== undefined}
      onPick={({ line }) => {
        const what = lines.at(line);
        if (what?.is === "row") void sync.moveTo(what.position);
      }}
      onOpen={(line) => {
        const what = lines.at(line);
        const row = what?.is === "row" ? sync.rows.peek(what.position) : undefined;
        if (row !== undefined) openRow(panel, row);
      }}
      head={
        <div role="row" class="head" aria-rowindex={1}>
          <div role="columnheader" class="sides" title="Left lane: here. Right lane: there.">
            <span class="sr">Drift, here and there</span>
            <Icon name="page" small />
            <Icon name="remote" small />
          </div>
          <div role="columnheader">
            <span class="nm">Key</span>
          </div>
          <div role="columnheader">
            <span class="nm">What changed</span>
          </div>
          <div role="columnheader">
            <span class="nm">Proposal</span>
          </div>
        </div>
      }
      row={(line, id) => {
        const what = lines.at(line);
        if (what === undefined) return null;
        if (what.is === "head")
          return what.kind === "equal" ? null : (
            <div
              id={id}
              role="row"
              class={`grp${line === cursorLine ? " active" : ""}`}
              aria-rowindex={line + 2}
              data-testid="drift-group"
              data-kind={what.kind}
            >
              <div role="gridcell" class="group">
                <button
                  type="button"
                  class="row grpbtn"
                  tabIndex={-1}
                  aria-expanded={what.open}
                  onClick={() => sync.toggleGroup(what.kind)}
                >
                  <Icon name={what.open ? "down" : "right"} small />
                  <Lanes lanes={KIND_WORDS[what.kind].lanes} />
                  <b>{KIND_WORDS[what.kind].label}</b>
                  <span class="muted">{count(countOf(panel, what.kind))}</span>
                </button>
                <span class="muted trunc" title={groupSentence(what.kind, local, remote)}>
                  {groupSentence(what.kind, local, remote)}
                </span>
              </div>
            </div>
          );
        const row = sync.rows.row(what.position);
        const selected = what.position === sync.cursor.value;
        if (row === undefined)
          return (
            <div id={id} role="row" class="waiting" aria-rowindex={line + 2} aria-selected={selected}>
              <div role="gridcell" class="waitcell">
                <span class="sr">Loading</span>
              </div>
            </div>
          );
        return <DriftLine id={id} line={line} row={row} selected={selected} summary={sync.summaryOf(row)} />;
      }}
    />
  );
}

function countOf({ sync }: Panel, kind: string): number {
  return sync.shownGroups.value.find((group) => group.kind === kind)?.count ?? 0;
}

/** One drift of the list. It is drawn again only when something of it changed, not at every scroll. */
function DriftLine(props: {
  id: string;
  line: number;
  row: DriftRow;
  selected: boolean;
  summary: DriftSummary | undefined;
}) {
  const { id, line, row, selected, summary } = props;
  return useMemo(() => {
    const key = keyText(row.key);
    return (
      <div
        id={id}
        role="row"
        aria-rowindex={line + 2}
        aria-selected={selected}
        data-testid="drift"
        data-key={toHex(row.key)}
        data-kind={row.kind}
        data-decision={row.decision.do}
      >
        <div role="gridcell" class="flex">
          <DriftPair drift={row} />
        </div>
        <div role="gridcell" title={`${key.text} (${key.type})`}>
          <bdi class={key.type === "number" ? "v-num" : key.type === "Date" ? "v-date" : undefined}>
            {key.text}
          </bdi>
        </div>
        <SummaryCell row={row} summary={summary} />
        <div role="gridcell" class="ui flex">
          <Proposal row={row} />
        </div>
      </div>
    );
  }, [id, line, row, selected, summary]);
}

function SummaryCell({ row, summary }: { row: DriftRow; summary: DriftSummary | undefined }) {
  const words = conflictWords(row);
  if (summary === undefined)
    return (
      <div role="gridcell" class="muted" title={row.local.reason ?? row.remote.reason ?? words}>
        {row.local.reason ?? row.remote.reason ?? words}
      </div>
    );
  const [only] = summary.fields;
  const single = summary.fields.length === 1 && summary.more === 0 ? only : undefined;
  const title = [
    words,
    ...summary.fields.map((field) =>
      field.from === undefined && field.to === undefined
        ? field.path
        : `${field.path}: ${field.from ?? "missing"} → ${field.to ?? "missing"}`,
    ),
    ...(summary.more > 0 ? [`and ${summary.more} more`] : []),
    ...(summary.preview === undefined ? [] : [summary.preview]),
  ]
    .filter((part) => part !== "")
    .join("\n");
  return (
    <div role="gridcell" class="muted" title={title}>
      {words === "" ? null : <span>{words} · </span>}
      {summary.preview === undefined ? null : <bdi>{summary.preview}</bdi>}
      {single === undefined ? (
        <bdi class="v-str">{summary.fields.map((field) => field.path).join(", ")}</bdi>
      ) : (
        <>
          <bdi class="v-str">{single.path}</bdi>
          {single.from === undefined && single.to === undefined ? null : (
            <>
              {" "}
              <bdi>{single.from ?? "missing"}</bdi> → <bdi>{single.to ?? "missing"}</bdi>
            </>
          )}
        </>
      )}
      {summary.more > 0 ? <span> +{summary.more}</span> : null}
    </div>
  );
}

/** Of a conflict: what the two sides did, when they did not both change fields. */
function conflictWords(row: DriftRow): string {
  if (row.kind !== "conflict") return "";
  if (row.here === "changed" && row.there === "changed") return "";
  if (row.here === row.there) return `${row.here} on both`;
  return `${row.here} here, ${row.there} there`;
}

const DECISION_ICON: Readonly<Record<DecisionName, IconName>> = {
  push: "push",
  pull: "pull",
  merge: "both",
  renew: "base",
  leave: "skip",
  decide: "help",
};

function Proposal({ row }: { row: DriftRow }) {
  if (!isWritable(row.kind)) return <span class="hint">never written</span>;
  const decision = row.decision.do;
  const tone = decision === "decide" ? (row.kind === "conflict" ? "c-conf" : "c-unk") : "muted";
  const words = DECISION_WORDS[decision];
  return (
    <>
      <span class={tone}>
        <Icon name={DECISION_ICON[decision]} />
      </span>
      {decision === "decide" ? <b>{words}</b> : <span>{words}</span>}
      {row.reason === undefined ? null : (
        <span class="muted trunc" title={row.reason} data-testid="reason">
          <bdi>{row.reason}</bdi>
        </span>
      )}
    </>
  );
}

function openRow(panel: Panel, row: DriftRow): void {
  if (canResolve(row)) {
    const detail = panel.sync.detail.value;
    if (detail.is === "ready" && detail.detail.row.index === row.index)
      panel.ui.syncScreen.value = "three-way";
  } else document.querySelector<HTMLElement>("#drift-fields")?.focus();
}

const KEY_DECISIONS: Readonly<Record<string, Decision>> = {
  "1": { do: "push" },
  "3": { do: "pull" },
  "0": { do: "leave" },
};

/** Keys of the list. Answers whether the key was used. */
function listKey(event: KeyboardEvent, panel: Panel): boolean {
  const { sync, plan, ui } = panel;
  if (event.altKey) return false;
  if (event.ctrlKey || event.metaKey) {
    if (event.key !== "Enter" || sync.decided.value === 0) return false;
    void plan.preview().then((made) => {
      if (made) ui.syncScreen.value = "plan";
    });
    return true;
  }
  const lines = sync.lines.value;
  switch (event.key) {
    case "j":
    case "J":
      void sync.moveTo(lines.step(sync.cursor.value, 1));
      return true;
    case "k":
    case "K":
      void sync.moveTo(lines.step(sync.cursor.value, -1));
      return true;
    case "Enter": {
      const row = sync.rows.peek(sync.cursor.value);
      if (row !== undefined) openRow(panel, row);
      return true;
    }
    default: {
      const decision = KEY_DECISIONS[event.key];
      const row = sync.rows.peek(sync.cursor.value);
      if (decision === undefined || row === undefined || !isWritable(row.kind)) return false;
      void sync.decide(row, decision);
      return true;
    }
  }
}
