import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { keyText } from "../../format/key-text.ts";
import { count, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";

const STALE_AFTER_MS = 10 * 60_000;

/** What qualifies the list below: how much of it was compared, how old it is, what it must not be taken for. */
export function DriftBands() {
  const { sync } = usePanel();
  if (sync.summary.value === undefined || sync.running.value !== undefined) return null;
  return (
    <>
      <Emptied />
      <Partial />
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
          <Button look="primary" onPress={() => void sync.compare(true)}>
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
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
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
          <Button onPress={() => void sync.compare()}>Read again</Button>
        </>
      }
    >
      Changed between all reads, so shown as moving and never written.
    </StateBand>
  );
}

/** Rule 7: so much is gone at once that it is asked about, never taken for deletions. */
function Emptied() {
  const { sync, page, bridge, plan, ui } = usePanel();
  const evidence = sync.summary.value?.emptied ?? [];
  if (evidence.length === 0) return null;

  async function decideAndPreview(kind: "removedHere" | "removedThere", back: boolean): Promise<void> {
    const towardsLocal = kind === "removedHere" ? back : !back;
    await sync.decideKind(kind, { do: towardsLocal ? "pull" : "push" });
    if (await plan.preview()) ui.syncScreen.value = "plan";
  }

  return (
    <>
      {evidence.map(({ side, gone, of }) => {
        const here = side === "local";
        const name = here ? page.chosen.value?.ref.store : bridge.mapping.value?.collection;
        const other = here ? bridge.mapping.value?.collection : page.chosen.value?.ref.store;
        const kind = here ? ("removedHere" as const) : ("removedThere" as const);
        return (
          <StateBand
            key={side}
            name="emptied"
            role="alert"
            mark={{ icon: "warn", tone: "chg" }}
            head={
              <>
                <bdi>{name}</bdi> may have been emptied: {count(gone)} of {count(of)} are gone.
              </>
            }
            actions={
              <>
                <Button look="primary" onPress={() => void decideAndPreview(kind, true)}>
                  {here ? "Pull them back…" : "Push them back…"}
                </Button>
                <Button onPress={() => void decideAndPreview(kind, false)}>
                  Delete in <bdi>{other}</bdi> too…
                </Button>
              </>
            }
          >
            They do not count as deletions until you say so.
          </StateBand>
        );
      })}
    </>
  );
}
