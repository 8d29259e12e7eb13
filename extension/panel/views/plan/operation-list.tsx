import { toHex } from "../../../../core/key/hex.ts";
import { Button } from "../../components/button.tsx";
import { type GridMove, VirtualGrid } from "../../components/grid/virtual-grid.tsx";
import { Glyph, type GlyphName, Icon, type IconName, type Tone } from "../../components/icon.tsx";
import { keyText } from "../../format/key-text.ts";
import { count } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { PlanFilter } from "../../stores/plan.ts";
import type { PlanRow, PlanSummary } from "../../worker/api.ts";
import { OUTCOME_WORDS } from "./outcome-words.ts";

const ACTION_GLYPH: Readonly<Record<PlanRow["action"], { glyph: GlyphName; tone: Tone; word: string }>> = {
  create: { glyph: "add", tone: "add", word: "create" },
  replace: { glyph: "chg", tone: "chg", word: "replace" },
  delete: { glyph: "rem", tone: "rem", word: "delete" },
  base: { glyph: "none", tone: "same", word: "renew the base" },
};
const SIDE: Readonly<Record<PlanRow["side"], { icon: IconName; words: string }>> = {
  remote: { icon: "push", words: "to remote" },
  local: { icon: "pull", words: "to local" },
  base: { icon: "base", words: "base only" },
};
const SIDE_FILTERS = [
  ["Both", undefined],
  ["Remote", "remote"],
  ["Local", "local"],
] as const;

/** Every operation of the plan, or those that a number opened. */
export function OperationList({ plan }: { plan: PlanSummary }) {
  const { plan: store } = usePanel();
  store.rows.version.value;
  const filter = store.filter.value;
  const total = store.total.value;
  const cursor = store.cursor.value;

  function onMove(move: GridMove): void {
    const last = Math.max(0, total - 1);
    const next =
      "to" in move
        ? move.to === "first" || move.to === "rowStart"
          ? 0
          : last
        : move.by === "lines"
          ? cursor + move.lines
          : cursor;
    store.cursor.value = Math.max(0, Math.min(last, next));
  }

  function setSide(side: PlanFilter["side"]): void {
    const { side: _, ...rest } = filter;
    store.setFilter(side === undefined ? rest : { ...rest, side });
  }

  return (
    <section class="pane" aria-label="Operations" data-pane>
      <div class="bar wrap">
        <b class="nowrap">{title(filter, total)}</b>
        {filter.action === undefined && filter.status === undefined ? null : (
          <Button look="quiet" title="Show every operation" onPress={() => store.setFilter({})}>
            <Icon name="x" small />
            All {count(plan.operations)}
          </Button>
        )}
        <span class="grow" />
        <div class="seg" role="group" aria-label="Side">
          {SIDE_FILTERS.map(([label, side]) => (
            <button
              key={label}
              type="button"
              aria-pressed={filter.side === side}
              onClick={() => setSide(side)}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <VirtualGrid
        id="ops"
        label="Operations"
        testId="operations"
        lines={total}
        columnCount={4}
        template="26px minmax(72px, 26%) 30px minmax(0, 1fr)"
        cursor={total === 0 ? -1 : cursor}
        onMove={onMove}
        onPick={({ line }) => {
          store.cursor.value = line;
        }}
        head={
          <div role="row" class="head" aria-rowindex={1}>
            <div role="columnheader" class="bare">
              <span class="sr">Action</span>
            </div>
            <div role="columnheader">
              <span class="nm">Key</span>
            </div>
            <div role="columnheader" class="bare">
              <span class="sr">Side</span>
            </div>
            <div role="columnheader">
              <span class="nm">Operation</span>
            </div>
          </div>
        }
        row={(line, id) => {
          const row = store.rows.row(line);
          return row === undefined ? (
            <div id={id} role="row" class="waiting">
              <div role="gridcell" class="waitcell">
                <span class="sr">Loading</span>
              </div>
            </div>
          ) : (
            <OperationLine id={id} line={line} row={row} selected={line === cursor} />
          );
        }}
      />
    </section>
  );
}

function title(filter: PlanFilter, total: number): string {
  const what =
    filter.status !== undefined
      ? OUTCOME_WORDS[filter.status].verb
      : filter.action !== undefined
        ? `to ${ACTION_GLYPH[filter.action].word}`
        : total === 1
          ? "operation"
          : "operations";
  return `${count(total)} ${what}`;
}

function OperationLine(props: { id: string; line: number; row: PlanRow; selected: boolean }) {
  const { row } = props;
  const key = keyText(row.key);
  const action = ACTION_GLYPH[row.action];
  const side = SIDE[row.side];
  const outcome = row.outcome === undefined ? undefined : OUTCOME_WORDS[row.outcome.status];
  const words = operationWords(row);
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.line + 2}
      aria-selected={props.selected}
      data-testid="operation"
      data-key={toHex(row.key)}
      data-side={row.side}
      data-action={row.action}
      data-status={row.outcome?.status}
    >
      <div role="gridcell" class="flex" title={outcome?.label ?? action.word}>
        <Glyph name={outcome?.glyph ?? action.glyph} tone={outcome?.tone ?? action.tone} />
        <span class="sr">{outcome?.label ?? action.word}</span>
      </div>
      <div role="gridcell" title={`${key.text} (${key.type})`}>
        <bdi>{key.text}</bdi>
      </div>
      <div role="gridcell" class="flex" title={side.words}>
        <span class="muted">
          <Icon name={side.icon} />
        </span>
        <span class="sr">{side.words}</span>
      </div>
      <div role="gridcell" class="ui muted" title={words}>
        {words}
      </div>
    </div>
  );
}

/** What the operation does, or what came of it in the other side's own words. */
function operationWords(row: PlanRow): string {
  const { outcome } = row;
  if (outcome !== undefined)
    switch (outcome.status) {
      case "applied":
        return `${ACTION_GLYPH[row.action].word}: applied`;
      case "conflict":
        return `${row.side === "remote" ? "Changed there" : "Changed here"} after you saw it (${outcome.current.state} now). Nothing was overwritten.`;
      case "superseded":
        return "May have applied, and somebody wrote after it.";
      case "rejected":
      case "unknown":
      case "notRun":
        return outcome.reason;
    }
  switch (row.action) {
    case "create":
      return "create where nothing is";
    case "replace":
      return row.source === "inline" ? "replace with the merged value" : "replace what was seen";
    case "delete":
      return "delete what was seen";
    case "base":
      return "renew the base, write nothing";
  }
}
