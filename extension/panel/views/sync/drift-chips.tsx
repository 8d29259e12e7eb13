import { useRef } from "preact/hooks";
import type { DriftKind } from "../../../../core/session/drift.ts";
import { Button } from "../../components/button.tsx";
import { Lanes } from "../../components/drift-pair.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { KIND_WORDS } from "../../format/drift-words.ts";
import { unseenWords } from "../../format/extent-words.ts";
import { clock, count, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { ListedKind } from "../../stores/sync.ts";
import type { CompareSummary } from "../../worker/api.ts";
import { BulkMenu } from "./bulk-menu.tsx";

const HERE: readonly ListedKind[] = ["addedHere", "changedHere", "removedHere"];
const THERE: readonly ListedKind[] = ["addedThere", "changedThere", "removedThere"];
/** Shown whatever their count: the shape of the bar stays the same from compare to compare. */
const ALWAYS: readonly ListedKind[] = ["conflict", "converged", "unreadable"];
/** Shown when there is one. */
const SOMETIMES: readonly ListedKind[] = [
  "different",
  "onlyHere",
  "onlyThere",
  "moving",
  "notRepresentable",
  "leftScope",
];
const SINGLE: readonly ListedKind[] = [
  "conflict",
  "different",
  "onlyHere",
  "onlyThere",
  "converged",
  "moving",
  "unreadable",
  "notRepresentable",
  "leftScope",
];

/** Counts by kind that filter the list, the text filter, and what is done to all that is shown. */
export function DriftChips() {
  const { sync, ui } = usePanel();
  const bar = useRef<HTMLDivElement>(null);
  const summary = sync.summary.value;
  if (summary === undefined) return null;
  const pressed = sync.kinds.value;
  const counts = countsOf(sync.groups.value, sync.text.value.trim() === "" ? summary.counts : undefined);
  const all = sync.groups.value.reduce((sum, group) => sum + group.count, 0);

  function onKeyDown(event: KeyboardEvent): void {
    const chips = [...(bar.current?.querySelectorAll<HTMLElement>(".chip") ?? [])];
    const at = chips.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const next =
      event.key === "ArrowRight"
        ? chips[(at + 1) % chips.length]
        : event.key === "ArrowLeft"
          ? chips[(at + chips.length - 1) % chips.length]
          : undefined;
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  const chip = (kind: ListedKind, inSet: boolean) => (
    <KindChip
      key={kind}
      kind={kind}
      n={counts[kind]}
      inSet={inSet}
      pressed={pressed.has(kind)}
      onToggle={(add) => sync.toggleKind(kind, add)}
    />
  );

  return (
    <div class="bar wrap chips" data-pane>
      <div
        class="chips"
        role="toolbar"
        aria-label="Drift by kind: choose to filter"
        ref={bar}
        onKeyDown={onKeyDown}
      >
        <button
          type="button"
          class="chip"
          aria-pressed={pressed.size === 0}
          title={`All drift: ${count(all)}`}
          onClick={() => sync.toggleKind(undefined, false)}
        >
          <span class="sr">All drift </span>
          <span aria-hidden="true">All</span>
          <b>{count(all)}</b>
        </button>
        <span class="set" role="group" aria-label="Changed here since the base">
          <span class="lab" title="Changed here since the base: would be pushed">
            Here
            <Icon name="push" small />
          </span>
          {HERE.map((kind) => chip(kind, true))}
        </span>
        <span class="set" role="group" aria-label="Changed there since the base">
          <span class="lab" title="Changed there since the base: would be pulled">
            <Icon name="pull" small />
            There
          </span>
          {THERE.map((kind) => chip(kind, true))}
        </span>
        {SINGLE.filter((kind) => ALWAYS.includes(kind) || (SOMETIMES.includes(kind) && counts[kind] > 0)).map(
          (kind) => chip(kind, false),
        )}
      </div>
      <span class="brk" />
      <label class="field find drift-find">
        <Icon name="filter" />
        <input
          data-filter
          placeholder="Filter: key, field, value"
          aria-label="Filter drift"
          value={sync.text.value}
          onInput={(event) => sync.setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || sync.text.value === "") return;
            event.stopPropagation();
            sync.setText("");
          }}
        />
        {sync.text.value === "" ? null : (
          <Button icon look="quiet" extra="sm" label="Clear the filter" onPress={() => sync.setText("")}>
            <Icon name="x" small />
          </Button>
        )}
      </label>
      <BulkMenu />
      <span class="grow" />
      <span
        class="muted nowrap"
        data-testid="equal-count"
        data-count={summary.counts.equal}
        title={equalTitle(summary)}
      >
        <button
          type="button"
          class="door"
          title="Open the store’s records"
          onClick={() => {
            ui.tab.value = "data";
          }}
        >
          {count(summary.counts.equal)}
        </button>{" "}
        {equalWords(summary)}
      </span>
    </div>
  );
}

function equalWords({ rechecked, remoteAsOf }: CompareSummary): string {
  if (remoteAsOf !== undefined) return `equal, remote as of ${clock(remoteAsOf)}`;
  return rechecked === undefined ? "equal" : `equal, full scan ${clock(rechecked.fullAt)}`;
}

function equalTitle({ counts, rechecked, remoteAsOf }: CompareSummary): string {
  const equal = count(counts.equal);
  if (remoteAsOf !== undefined) {
    return `${equal} records were compared with the remote as it was read at ${clock(remoteAsOf)}, and were equal by digest; what others wrote there since is not seen`;
  }
  if (rechecked === undefined) return `${equal} records were compared and are equal by digest`;
  return `${equal} records were equal by digest when they were compared last: ${plural(rechecked.keys, "changed key")} now, the others in the full scan at ${clock(rechecked.fullAt)}; ${unseenWords(rechecked.unseen)}`;
}

function countsOf(
  groups: readonly { kind: DriftKind; count: number }[],
  whole: Readonly<Record<DriftKind, number>> | undefined,
): Record<DriftKind, number> {
  const counts: Partial<Record<DriftKind, number>> = {};
  for (const kind of SINGLE) counts[kind] = whole?.[kind] ?? 0;
  for (const kind of [...HERE, ...THERE]) counts[kind] = whole?.[kind] ?? 0;
  for (const group of groups) counts[group.kind] = group.count;
  return counts as Record<DriftKind, number>;
}

function KindChip(props: {
  kind: ListedKind;
  n: number;
  inSet: boolean;
  pressed: boolean;
  onToggle: (add: boolean) => void;
}) {
  const words = KIND_WORDS[props.kind];
  return (
    <button
      type="button"
      class={`chip${props.n === 0 ? " zero" : ""}`}
      aria-pressed={props.pressed}
      title={`${words.label}: ${count(props.n)}. Shift adds to the filter.`}
      data-testid="chip"
      data-kind={props.kind}
      data-count={props.n}
      onClick={(event) => props.onToggle(event.shiftKey)}
    >
      <span class="sr">{words.label} </span>
      {props.inSet || props.kind === "unreadable" ? (
        <ActiveLane kind={props.kind} />
      ) : (
        <Lanes lanes={words.lanes} />
      )}
      <span class="at-wide" aria-hidden="true">
        {words.short}
      </span>
      <b>{count(props.n)}</b>
    </button>
  );
}

/** Inside "Here" and "There" the other lane goes without saying. */
function ActiveLane({ kind }: { kind: ListedKind }) {
  const lane = KIND_WORDS[kind].lanes.find((one) => one.glyph !== "none");
  return lane === undefined ? null : <Glyph name={lane.glyph} tone={lane.tone} />;
}
