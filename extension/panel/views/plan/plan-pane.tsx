import type { ComponentChildren } from "preact";
import { Door } from "../../components/button.tsx";
import { Lanes } from "../../components/drift-pair.tsx";
import { Glyph, type GlyphName, Icon, type Tone } from "../../components/icon.tsx";
import { Track } from "../../components/track.tsx";
import { KIND_WORDS } from "../../format/drift-words.ts";
import { count, day, duration, fullTime, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { PlanSummary } from "../../worker/api.ts";
import { QueueOffer } from "../queue/queue-offer.tsx";
import { NOT_WRITTEN } from "./not-written.ts";
import { OperationsTable } from "./operations-table.tsx";
import { OutcomeChips } from "./outcome-chips.tsx";
import { sayWarning } from "./plan-warnings.tsx";

const ACTIONS: readonly {
  readonly action: "create" | "replace" | "delete";
  readonly label: string;
  readonly verb: string;
  readonly glyph: GlyphName;
  readonly tone: Tone;
}[] = [
  { action: "create", label: "Create", verb: "created", glyph: "add", tone: "add" },
  { action: "replace", label: "Replace", verb: "replaced", glyph: "chg", tone: "chg" },
  { action: "delete", label: "Delete", verb: "deleted", glyph: "rem", tone: "rem" },
];

export function PlanPane({ plan }: { plan: PlanSummary }) {
  const store = usePanel().plan;
  return (
    <>
      {store.progress.value === undefined ? <QueueOffer plan={plan} /> : <ApplyProgress />}
      <div class="sect">
        <OperationsTable
          plan={plan}
          caption="Operations by side and kind"
          leadHead="Kind"
          lines={ACTIONS.map(({ action, label, verb, glyph, tone }) => ({
            key: action,
            lead: (
              <>
                <Glyph name={glyph} tone={tone} />
                {label}
              </>
            ),
            remote: plan.counts.remote[action],
            local: plan.counts.local[action],
            verb,
            onOpen: (side) => store.setFilter({ side, action }),
            cell: (side, n) => ({
              "data-testid": "plan-count",
              "data-side": side,
              "data-action": action,
              "data-count": n,
            }),
          }))}
        />
        {store.phase.value === "done" || plan.operations === plan.renewals ? null : (
          <p class="muted under" data-testid="estimate">
            {plan.estimate === undefined
              ? "No estimate of the time: no earlier apply of this mapping was of a comparable size."
              : `About ${duration(plan.estimate)}, by earlier applies of this mapping.`}
          </p>
        )}
      </div>
      {store.dryRun.value === undefined ? null : (
        <div class="sect">
          <h2>Dry run</h2>
          <p class="muted">
            Every precondition was checked and nothing was written. “Applied” means: would apply. What a
            server checks only when it writes is predicted.
          </p>
          <OutcomeChips summary={store.dryRun.value} />
        </div>
      )}
      <Warnings plan={plan} />
      <NotWritten plan={plan} />
    </>
  );
}

function ApplyProgress() {
  const { progress, phase } = usePanel().plan;
  const running = progress.value;
  if (running === undefined) return null;
  const { done, of } = running.progress;
  const seconds = Math.max(0.001, (Date.now() - running.startedAt) / 1000);
  const rate = done / seconds;
  const left = rate > 0 ? duration(((of - done) / rate) * 1000) : undefined;
  const words = phase.value === "dryRunning" ? "Checking" : "Applying";
  return (
    <div class="sect" data-testid="apply-progress" data-done={done}>
      <div class="lanes one">
        <Track
          label={words}
          percent={of === 0 ? 100 : (done / of) * 100}
          text={`${count(done)} of ${count(of)}`}
        />
        <span class="num">
          {count(done)} of {count(of)}
        </span>
      </div>
      <p class="muted under">
        {running.cancelling ? "Stopping. " : ""}
        {rate > 0 ? `${count(Math.round(rate))} operations/s` : "starting"}
        {left === undefined ? "" : ` · ${left} left`}. Stop at any time: what is applied stays, and the same
        plan goes on from there.
      </p>
    </div>
  );
}

function Warnings({ plan }: { plan: PlanSummary }) {
  const store = usePanel().plan;
  const undo = (
    <>
      Undo is kept until <time title={fullTime(plan.undoUntil)}>{day(plan.undoUntil)}</time>.
    </>
  );
  const deletes = (["remote", "local"] as const).filter((side) => plan.counts[side].delete > 0);
  return (
    <div class="sect">
      <h2>Before you apply</h2>
      <ul class="warns">
        {plan.warnings.map((warning) => {
          const { tone, words } = sayWarning(warning, plan);
          return (
            <Warning key={JSON.stringify(warning)} name={warning.is} tone={tone}>
              {words}
            </Warning>
          );
        })}
        {deletes.map((side) => {
          const n = plan.counts[side].delete;
          const name = side === "remote" ? plan.remoteName : plan.localName;
          return (
            <Warning
              key={side}
              tone="warn"
              actions={
                <Door onPress={() => store.setFilter({ side, action: "delete" })}>
                  See {n === 1 ? "it" : `the ${count(n)}`}
                </Door>
              }
            >
              <b>
                {plural(n, "delete")} in <bdi>{name}</bdi>.
              </b>{" "}
              What was there is kept first. {undo}
            </Warning>
          );
        })}
        {plan.renewals === 0 ? null : (
          <Warning tone="info">
            {plural(plan.renewals, "record")} {plan.renewals === 1 ? "is" : "are"} equal on both sides: only
            the base is renewed.
          </Warning>
        )}
        {deletes.length > 0 ? null : (
          <Warning tone="info">{undo} Undo is a plan too: you see it first.</Warning>
        )}
        <Warning tone="info">
          Each operation runs only where nothing moved since the compare; anything else comes back as a
          conflict.
        </Warning>
      </ul>
    </div>
  );
}

function Warning(props: {
  tone: "warn" | "info";
  name?: string;
  children: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <li data-testid="plan-warning" data-warning={props.name}>
      <span class={props.tone === "warn" ? "c-chg" : "c-off"}>
        <Icon name={props.tone} />
      </span>
      <span>{props.children}</span>
      {props.actions === undefined ? null : <span class="do">{props.actions}</span>}
    </li>
  );
}

function NotWritten({ plan }: { plan: PlanSummary }) {
  const { ui, sync } = usePanel();
  const reasons = Object.entries(plan.notWritten).filter(([, n]) => n > 0);
  if (reasons.length === 0) return null;
  return (
    <div class="sect">
      <h2>Not written</h2>
      <ul class="warns pairs">
        {reasons.map(([reason, n]) => {
          const known = NOT_WRITTEN[reason];
          return (
            <li key={reason} data-testid="not-written" data-reason={reason} data-count={n}>
              {known?.kind === undefined ? (
                <Glyph name="none" tone="off" />
              ) : (
                <Lanes lanes={KIND_WORDS[known.kind].lanes} />
              )}
              <span>
                <Door
                  label={`${count(n)} ${known?.words ?? reason}: show them`}
                  onPress={() => {
                    ui.syncScreen.value = "list";
                    if (known?.kind !== undefined) sync.toggleKind(known.kind, false);
                  }}
                >
                  {count(n)}
                </Door>{" "}
                {known?.words ?? reason}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
