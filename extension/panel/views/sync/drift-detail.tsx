import type { ComponentChildren } from "preact";
import type { Decision } from "../../../../core/session/drift.ts";
import { Button } from "../../components/button.tsx";
import { DriftPair } from "../../components/drift-pair.tsx";
import { Icon } from "../../components/icon.tsx";
import { isWritable, sayDrift } from "../../format/drift-words.ts";
import { keyText } from "../../format/key-text.ts";
import { usePanel } from "../../stores/panel.ts";
import type { DriftRow } from "../../worker/api.ts";
import { LastConfirmation } from "../keep/last-confirmation.tsx";
import { canResolve } from "./decisions.ts";
import { DetailFields } from "./detail-fields.tsx";

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
      <LastConfirmation recordKey={row.key} />
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
        <DetailFields key={state.detail.row.index} detail={state.detail} />
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
      <div class="head-acts">
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
        <Button
          icon
          look="quiet"
          label="Previous record"
          title="Previous record (K)"
          onPress={() => step(-1)}
        >
          <Icon name="up" />
        </Button>
        <Button icon look="quiet" label="Next record" title="Next record (J)" onPress={() => step(1)}>
          <Icon name="down" />
        </Button>
      </div>
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
