import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { Track } from "../../components/track.tsx";
import { count } from "../../format/numbers.ts";
import { leftWords, resultWords, stepWords } from "../../format/policy-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** A policy looks at the rows: how far it is, and a way to stop it. */
export function Proposing() {
  const { sync } = usePanel();
  const running = sync.proposing.value;
  if (running?.step.do !== "propose") return null;
  const { done, of, cancelling } = running;
  const text = of === undefined ? "reading" : `${count(done)} of ${count(of)}`;
  return (
    <div
      class="progress proposing"
      role="group"
      aria-label="Making proposals"
      data-testid="proposing"
      data-pane
    >
      <span class="c-acc">
        <Icon name="spin" />
      </span>
      <span>
        <b>{cancelling ? "Stopping" : stepWords(running.step)}</b>
        <br />
        <span class="muted nowrap">proposals only</span>
      </span>
      <div class="lanes">
        <span class="muted">
          <Icon name="merge" small />
        </span>
        <Track
          label="Records looked at"
          percent={of === undefined || of === 0 ? undefined : (done / of) * 100}
          text={text}
        />
        <span class="num">{text}</span>
      </div>
      <Button
        testId="cancel-proposing"
        title="Stop here. What was proposed stays, and can be taken back."
        blockedBy={cancelling ? "Stopping" : undefined}
        onPress={() => void sync.cancelProposing()}
      >
        Cancel<kbd>Esc</kbd>
      </Button>
    </div>
  );
}

/** What a policy, or one choice for all rows, decided: nothing is written yet, and it can be taken back. */
export function Bulk() {
  const { sync } = usePanel();
  const bulk = sync.summary.value?.bulk;
  if (bulk === undefined || sync.bulkSeen.value || sync.proposing.value !== undefined) return null;
  const { decisions, stopped, asked } = bulk;
  const open = decisions.decide > 0 || stopped !== undefined;
  const seen = Object.values(decisions).reduce((sum, n) => sum + n, 0);
  return (
    <StateBand
      name="bulk"
      role="status"
      mark={open ? { icon: "info", tone: "unk" } : { icon: "check", tone: "acc" }}
      head={`${stepWords(bulk.step)}: ${resultWords(bulk)}.`}
      actions={
        <>
          <Button testId="undo-bulk" onPress={() => void sync.undoBulk()}>
            <Icon name="undo" />
            Take back
          </Button>
          <Button
            icon
            look="quiet"
            label="Put away"
            onPress={() => {
              sync.bulkSeen.value = true;
            }}
          >
            <Icon name="x" />
          </Button>
        </>
      }
    >
      {stopped === undefined
        ? "Proposed, not written: each says why."
        : `It stopped after ${count(seen)}${asked === undefined ? "" : ` of ${count(asked)}`}: ${stopped}`}
      {decisions.decide === 0 ? null : (
        <>
          {" "}
          <span data-testid="left-reasons">
            Left to you: <bdi>{leftWords(bulk)}</bdi>.
          </span>
        </>
      )}
    </StateBand>
  );
}
