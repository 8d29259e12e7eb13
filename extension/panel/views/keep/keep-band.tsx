import type { ComponentChildren } from "preact";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { behindWords, pauseWords } from "../../format/keep-words.ts";
import { clock } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { KeepCondition } from "../../worker/keep/keep-state.ts";

/** Why keeping in sync does not go on by itself, and the way on. */
export function KeepBand() {
  const { keep } = usePanel();
  const condition = keep.state.value?.condition;
  switch (condition?.is) {
    case "paused":
      return <Paused condition={condition} />;
    case "offline":
      return <Offline condition={condition} />;
    case "elsewhere":
      return (
        <StateBand
          name="kept-elsewhere"
          role="status"
          mark={{ icon: "both", tone: "off" }}
          head="Another panel keeps this in sync."
        >
          This one goes on when that one is closed.
        </StateBand>
      );
    default:
      return null;
  }
}

function Paused({ condition: { because } }: { condition: Extract<KeepCondition, { is: "paused" }> }) {
  const { keep, ui } = usePanel();
  const planned = "applyId" in because ? because.applyId : undefined;
  const actions: ComponentChildren[] = [];
  if (planned !== undefined) {
    actions.push(
      <Button key="look" look="primary" testId="look-at-round" onPress={() => void keep.look(planned)}>
        Look at the plan…
      </Button>,
    );
  }
  if (because.is === "limit") {
    actions.push(
      <Button
        key="go-on"
        testId="go-on-keeping"
        title="Applies this plan once, although it is beyond the limit; records that changed since are conflicts"
        onPress={() => void keep.goOn(because.applyId)}
      >
        Apply it and go on
      </Button>,
    );
  }
  if (because.is === "wants-confirmation") {
    actions.push(
      <Button
        key="settings"
        look="primary"
        onPress={() => {
          ui.dialog.value = "keep";
        }}
      >
        Settings…
      </Button>,
    );
  }
  actions.push(
    <Button key="again" testId="try-keeping" onPress={() => void keep.goOn()}>
      <Icon name="refresh" />
      Compare again
    </Button>,
  );
  return (
    <StateBand
      name="keep-paused"
      role="alert"
      mark={{ icon: "pause", tone: "chg" }}
      head="Keeping in sync is paused."
      actions={actions}
    >
      {pauseWords(because)}
      {because.is === "error" ? null : " Nothing of it was written."}
    </StateBand>
  );
}

function Offline({ condition }: { condition: Extract<KeepCondition, { is: "offline" }> }) {
  const { keep } = usePanel();
  const { side, since, reason, behind } = condition;
  return (
    <StateBand
      name="keep-offline"
      role="status"
      mark={{ icon: "unplug", tone: "chg" }}
      head={`${side === "remote" ? "The remote is" : "The page is"} away since ${clock(since)}.`}
      actions={
        <Button testId="try-keeping" onPress={() => void keep.goOn()}>
          <Icon name="refresh" />
          Try now
        </Button>
      }
    >
      {behind === undefined ? null : <span data-testid="behind-base">{behindWords(behind)} </span>}
      <span class="muted" title={reason}>
        It is tried again by itself.
      </span>
    </StateBand>
  );
}
