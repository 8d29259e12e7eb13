import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { Splitter } from "../../components/splitter.tsx";
import { clock, clockSeconds, count, fullTime } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { PlanSummary } from "../../worker/api.ts";
import { OperationList } from "./operation-list.tsx";
import { OutcomePane } from "./outcome-pane.tsx";
import { PlanFoot } from "./plan-foot.tsx";
import { PlanPane } from "./plan-pane.tsx";

const LIST_SHARE = 50;

/** What would run, before anything runs; then the run; then what came of it. */
export function PlanView({ plan }: { plan: PlanSummary }) {
  const panel = usePanel();
  const [share, setShare] = useState(LIST_SHARE);
  const done = panel.plan.phase.value === "done";
  const back = () => {
    panel.ui.syncScreen.value = "list";
  };
  return (
    <div
      class="view plan"
      id="view"
      role="tabpanel"
      aria-labelledby="tab-sync"
      data-testid={done ? "plan-done" : "plan"}
      data-phase={panel.plan.phase.value}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (panel.plan.progress.value !== undefined) void panel.plan.cancel();
        else if (panel.ui.dialog.value === "none") back();
      }}
    >
      <h1 class="sr">
        Plan: <bdi>{plan.localName}</bdi>
      </h1>
      <div class="bar wrap" data-pane>
        <Button
          look="quiet"
          label="Drift: back to the list"
          title="Back to the list (Esc). The plan is kept."
          onPress={back}
        >
          <Icon name="left" />
          <span class="at-medium">Drift</span>
        </Button>
        <b>
          <PlanTitle plan={plan} />
        </b>
        <span
          class="muted trunc at-medium"
          title={`${plan.localName} ⇄ ${plan.connection} · ${plan.remoteName}`}
        >
          <bdi>{plan.localName}</bdi> ⇄ <bdi>{plan.remoteName}</bdi>
        </span>
        <span class="grow" />
        <span class="muted nowrap" title={fullTime(plan.createdAt)}>
          {done ? "plan" : "made"} {clock(plan.createdAt)}
        </span>
      </div>
      <div class="plan-body" style={{ "--detail": `${share}%` }}>
        <section class="pane scroll" tabIndex={0} aria-label={done ? "Outcomes" : "Plan"} data-pane>
          {done ? <OutcomePane plan={plan} /> : <PlanPane plan={plan} />}
        </section>
        <Splitter
          label="Resize the list of operations"
          value={share}
          initial={LIST_SHARE}
          onChange={setShare}
        />
        <OperationList plan={plan} />
      </div>
      <PlanFoot plan={plan} onBack={back} />
    </div>
  );
}

function PlanTitle({ plan }: { plan: PlanSummary }) {
  const { phase, result, appliedAt } = usePanel().plan;
  const word = plan.kind === "undo" ? "Undo" : "Plan";
  const operations = `${count(plan.operations)} ${plan.operations === 1 ? "operation" : "operations"}`;
  switch (phase.value) {
    case "applying":
      return <>Applying {operations}</>;
    case "dryRunning":
      return <>Dry run of {operations}</>;
    case "done":
      return (
        <>
          {plan.kind === "undo" ? "Undone" : "Applied"}{" "}
          {appliedAt.value === undefined ? "" : clockSeconds(appliedAt.value)},{" "}
          {count(result.value?.counts.applied ?? 0)} of {count(plan.operations)}
        </>
      );
    default:
      return (
        <>
          {word}: {operations}
        </>
      );
  }
}
