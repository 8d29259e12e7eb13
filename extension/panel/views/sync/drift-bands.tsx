import type { DriftKind, EmptiedEvidence, EmptiedReason } from "../../../../core/session/drift.ts";
import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { keyText } from "../../format/key-text.ts";
import { count, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { Bulk, Proposing } from "./bulk-bands.tsx";
import { ExtentBands } from "./extent-bands.tsx";
import { useNow } from "./use-now.ts";

const STALE_AFTER_MS = 10 * 60_000;

/** What qualifies the list below: how much of it was compared, how old it is, what it must not be taken for. */
export function DriftBands() {
  const { sync } = usePanel();
  if (sync.summary.value === undefined || sync.running.value !== undefined) return null;
  return (
    <>
      <Emptied />
      <Proposing />
      <Bulk />
      <Partial />
      <ExtentBands />
      <Stale />
      <Moving />
    </>
  );
}

function Partial() {
  const { sync } = usePanel();
  const summary = sync.summary.value;
  if (summary === undefined || summary.complete) return null;
  const upTo = summary.comparedUpTo;
  return (
    <StateBand
      name="partial"
      mark={{ glyph: "unk", tone: "unk" }}
      head={
        upTo === undefined ? (
          "Stopped before the first key"
        ) : (
          <>
            Compared up to <bdi class="mono">{keyText(upTo).text}</bdi>.
          </>
        )
      }
      actions={
        <>
          <Button look="primary" onPress={() => void sync.compare({ resume: true })}>
            Continue
          </Button>
          <Button onPress={() => void sync.compare()}>Start over</Button>
        </>
      }
    >
      {plural(summary.driftCount, "difference")} in that part. Of the other keys nothing is known.
    </StateBand>
  );
}

function Stale() {
  const { sync } = usePanel();
  const summary = sync.summary.value;
  const now = useNow();
  if (summary === undefined) return null;
  const old = now - summary.finishedAt > STALE_AFTER_MS;
  if (!old && !sync.navigated.value) return null;
  const minutes = Math.floor((now - summary.finishedAt) / 60_000);
  return (
    <StateBand
      name="stale"
      mark={{ icon: "clock", tone: "unk" }}
      head={
        sync.navigated.value
          ? "The page was loaded again since this compare."
          : `This list is ${plural(minutes, "minute")} old.`
      }
      actions={
        <Button testId="compare-again" onPress={() => void sync.compare()}>
          Compare again
        </Button>
      }
    >
      Writes since are not in it. Applying checks every record again.
    </StateBand>
  );
}

function Moving() {
  const { sync } = usePanel();
  const moving = sync.summary.value?.counts.moving ?? 0;
  if (moving === 0) return null;
  return (
    <StateBand
      name="moving"
      mark={{ glyph: "unk", tone: "unk" }}
      head={`${plural(moving, "record")} ${moving === 1 ? "keeps" : "keep"} changing.`}
      actions={
        <>
          <Button onPress={() => sync.toggleKind("moving", false)}>Show {count(moving)}</Button>
          <Button onPress={() => void sync.compare({ fresh: true })}>Read again</Button>
        </>
      }
    >
      Changed between all reads, so shown as moving and never written.
    </StateBand>
  );
}

/** Rule 7: what may not be anybody's doing is asked about, never taken for deletions and changes. */
function Emptied() {
  const { sync } = usePanel();
  const evidence = sync.summary.value?.emptied ?? [];
  return (
    <>
      {evidence.map((told) => (
        <EmptiedSide key={told.side} evidence={told} />
      ))}
    </>
  );
}

function EmptiedSide({ evidence }: { evidence: EmptiedEvidence }) {
  const { sync, page, bridge, plan, ui } = usePanel();
  const { side, reasons } = evidence;
  const here = side === "local";
  const name = here ? page.chosen.value?.ref.store : bridge.mapping.value?.collection;
  const other = here ? bridge.mapping.value?.collection : page.chosen.value?.ref.store;
  const removed = here ? ("removedHere" as const) : ("removedThere" as const);
  const changed = here ? ("changedHere" as const) : ("changedThere" as const);
  const isOnlyEmptied = reasons.every(({ is }) => is === "manyGone");
  const counts = sync.summary.value?.counts;

  async function decideAndPreview(kinds: readonly DriftKind[], decision: "push" | "pull"): Promise<void> {
    for (const kind of kinds) await sync.decideKind(kind, { do: decision });
    if (await plan.preview()) ui.syncScreen.value = "plan";
  }

  return (
    <StateBand
      name="emptied"
      role="alert"
      mark={{ icon: "warn", tone: "chg" }}
      head={<EmptiedHead evidence={evidence} name={name} />}
      actions={
        <>
          <Button
            look="primary"
            onPress={() =>
              void decideAndPreview(isOnlyEmptied ? [removed] : [removed, changed], here ? "pull" : "push")
            }
          >
            {here ? "Pull them back…" : "Push them back…"}
          </Button>
          {(counts?.[removed] ?? 0) > 0 ? (
            <Button onPress={() => void decideAndPreview([removed], here ? "push" : "pull")}>
              Delete in <bdi>{other}</bdi> too…
            </Button>
          ) : null}
        </>
      }
    >
      {isOnlyEmptied
        ? "They do not count as deletions until you say so."
        : "What is gone and what changed on that side counts for nothing until you say so."}
    </StateBand>
  );
}

function EmptiedHead({ evidence, name }: { evidence: EmptiedEvidence; name: string | undefined }) {
  return (
    <>
      {evidence.reasons.map((reason) => (
        <span key={reason.is}>
          <ReasonWords reason={reason} evidence={evidence} name={name} />{" "}
        </span>
      ))}
    </>
  );
}

function ReasonWords(props: { reason: EmptiedReason; evidence: EmptiedEvidence; name: string | undefined }) {
  const { reason, evidence } = props;
  const name = <bdi>{props.name}</bdi>;
  switch (reason.is) {
    case "manyGone":
      return (
        <>
          {name} may have been emptied: {count(evidence.gone)} of {count(evidence.of)} are gone.
        </>
      );
    case "versionFell":
      return (
        <>
          The database of {name} was deleted and made anew: its version was {reason.from} and is {reason.to}.
        </>
      );
    case "storeRecreated":
      return <>{name} was deleted and made anew: its key path or key generator is another one.</>;
    case "wentBack":
      return (
        <>
          {name} may have been restored from a backup: {wentBack(reason)}.
        </>
      );
  }
}

function wentBack({ older, vanished }: { older: number; vanished: number }): string {
  const facts = [
    ...(older > 0 ? [`${plural(older, "record")} older than when last compared`] : []),
    ...(vanished > 0 ? [`${plural(vanished, "record")} gone without a trace`] : []),
  ];
  return facts.join(", ");
}
