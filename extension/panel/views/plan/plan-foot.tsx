import { Button } from "../../components/button.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { count, day, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { PlanSummary } from "../../worker/api.ts";
import { LEVEL_TITLE } from "../sync/mapping-head.tsx";

/** What guards the write, and the buttons: the one that writes names counts and targets. */
export function PlanFoot({ plan, onBack }: { plan: PlanSummary; onBack: () => void }) {
  const { plan: store } = usePanel();
  const phase = store.phase.value;
  return (
    <div data-pane>
      {phase === "done" || phase === "applying" ? null : <Confirmations plan={plan} />}
      {store.error.value === undefined ? null : (
        <div class="strip danger" role="alert" data-testid="state" data-state="error">
          <Glyph name="rej" tone="rem" />
          <span>
            <b>The apply stopped.</b> {store.error.value.message}
          </span>
        </div>
      )}
      <div class="foot">
        {phase === "done" ? <DoneButtons plan={plan} onBack={onBack} /> : <PlanButtons plan={plan} />}
      </div>
    </div>
  );
}

function Confirmations({ plan }: { plan: PlanSummary }) {
  const { plan: store } = usePanel();
  return (
    <>
      {plan.confirmations.map(({ side, name, deletes }) => {
        const text = store.typed.value[side] ?? "";
        const id = `confirm-${side}`;
        const right = text === name;
        const wrong = !right && !name.startsWith(text);
        const left = name.length - text.length;
        return (
          <div class="strip danger" key={side}>
            <Glyph name={right ? "ok" : "rem"} tone="rem" />
            <label for={id} class="confirm-words">
              <b>
                {count(deletes)} {deletes === 1 ? "row" : "rows"} will be deleted in <bdi>{name}</bdi>.
              </b>{" "}
              To allow it, type its name:
            </label>
            <span class={`field${wrong ? " bad" : ""}`}>
              <input
                id={id}
                data-testid="confirm-name"
                data-side={side}
                autocomplete="off"
                spellcheck={false}
                aria-invalid={wrong ? "true" : undefined}
                aria-describedby={`${id}-left`}
                value={text}
                onInput={(event) => store.type(side, event.currentTarget.value)}
              />
            </span>
            <span class="hint nowrap" id={`${id}-left`} role="status">
              {right ? "allowed" : wrong ? "not its name" : `${plural(left, "letter")} left`}
            </span>
          </div>
        );
      })}
    </>
  );
}

function PlanButtons({ plan }: { plan: PlanSummary }) {
  const { plan: store, bridge, queue } = usePanel();
  const mapping = bridge.mapping.value;
  const running = store.progress.value;
  const { local, remote } = plan.counts;
  const toRemote = remote.create + remote.replace + remote.delete;
  const toLocal = local.create + local.replace + local.delete;
  const targets = [
    ...(toRemote > 0 ? [`${count(toRemote)} to ${plan.connection}`] : []),
    ...(toLocal > 0 ? [`${count(toLocal)} here`] : []),
  ];
  const nothing = plan.operations === 0 && plan.renewals === 0;
  const waiting = store.unconfirmed.value;
  const blockedBy = nothing
    ? "The plan has no operation"
    : queue.waitingOf(plan.applyId) !== undefined
      ? "It waits in the bridge: remove it from the queue first, or wait for its end"
      : mapping?.level === "read-only" && toRemote > 0
        ? `${(mapping.readOnly ?? LEVEL_TITLE["read-only"]).replace(/\.$/, "")}. Leave out what would be pushed.`
        : waiting.length > 0
          ? `Type ${waiting.map(({ name }) => name).join(" and ")} first: rows will be deleted`
          : undefined;
  const verb = plan.kind === "undo" ? "Undo" : "Apply";
  if (running !== undefined)
    return (
      <>
        <span class="hint grow">{store.phase.value === "dryRunning" ? "A dry run writes nothing." : ""}</span>
        <Button
          testId="cancel"
          blockedBy={running.cancelling ? "Stopping" : undefined}
          onPress={() => void store.cancel()}
        >
          Stop<kbd>Esc</kbd>
        </Button>
      </>
    );
  return (
    <>
      <span class="hint grow at-medium">
        A dry run makes the same checks and writes nothing. Undo is kept until {day(plan.undoUntil)}.
      </span>
      <span class="grow only-narrow" />
      <Button
        testId="dry-run"
        title="Checks every precondition on both sides and writes nothing"
        blockedBy={nothing ? "The plan has no operation" : undefined}
        onPress={() => void store.runDry()}
      >
        Dry run
      </Button>
      <Button
        testId="apply"
        look={plan.confirmations.length > 0 ? "danger" : "primary"}
        blockedBy={blockedBy}
        title={`Writes now. ${plan.localName} in this page ⇄ ${plan.remoteName} in ${plan.connection}`}
        onPress={() => void store.apply()}
      >
        {targets.length === 0 ? `${verb}: renew the base` : `${verb} ${targets.join(", ")}`}
      </Button>
    </>
  );
}

function DoneButtons({ plan, onBack }: { plan: PlanSummary; onBack: () => void }) {
  const panel = usePanel();
  const store = panel.plan;
  const result = store.result.value;
  const applied = result?.counts.applied ?? 0;
  const drift = panel.sync.summary.value?.driftCount ?? 0;
  const isQueued = panel.queue.waitingOf(plan.applyId) !== undefined;
  return (
    <>
      <span class="hint grow at-medium">
        {isQueued
          ? "What did not run waits in the bridge."
          : result?.complete
            ? "The base is renewed."
            : "Not all of it ran: the same plan goes on from here."}{" "}
        Undo is kept until {day(plan.undoUntil)}.
      </span>
      <span class="grow only-narrow" />
      {result?.complete === false && !isQueued ? (
        <Button testId="resume" look="primary" onPress={() => void store.resume()}>
          Continue
        </Button>
      ) : null}
      {applied > 0 && plan.kind === "apply" ? (
        <Button
          testId="undo"
          title="Shows the plan that takes this apply back"
          blockedBy={store.making.value ? "Making the plan" : undefined}
          onPress={() => void store.previewUndo(plan.applyId)}
        >
          <Icon name="undo" />
          Undo {count(applied)}…
        </Button>
      ) : null}
      <Button onPress={onBack}>
        <span class="at-medium">Back to drift</span>
        <span class="only-narrow">Drift</span>
        {drift > 0 ? ` (${count(drift)})` : ""}
      </Button>
      <Button
        testId="compare-again"
        {...(result?.complete === false ? {} : { look: "primary" as const })}
        onPress={() => {
          onBack();
          void panel.sync.compare();
        }}
      >
        <Icon name="refresh" />
        Compare again
      </Button>
    </>
  );
}
