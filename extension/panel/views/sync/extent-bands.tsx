import type { RecheckedKeys } from "../../../../core/session/drift.ts";
import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { earlierPartWords, unseenWords, verifiedWords } from "../../format/extent-words.ts";
import { age, fullTime, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { RemoteAsOf } from "./remote-as-of.tsx";

/** Says that not all was compared, or why all was. */
export function ExtentBands() {
  const { sync } = usePanel();
  const summary = sync.summary.value;
  if (summary === undefined) return null;
  if (summary.rechecked !== undefined) return <Rechecked rechecked={summary.rechecked} />;
  const { fullBecause, earlierPart, remoteAsOf } = summary;
  if (remoteAsOf !== undefined) return <RemoteAsOf at={remoteAsOf} />;
  if (earlierPart !== undefined && summary.complete)
    return (
      <StateBand
        name="earlier-part"
        mark={{ icon: "clock", tone: "unk" }}
        head={earlierPartWords(earlierPart)}
        actions={<CompareAll primary={false} />}
      >
        Applying checks every record again.
      </StateBand>
    );
  if (fullBecause?.reason !== "remoteGoneBack") return null;
  return (
    <StateBand
      name="remote-gone-back"
      role="status"
      mark={{ icon: "warn", tone: "chg" }}
      head="The remote is not what it was, so all records were compared."
    >
      {fullBecause.detail}
    </StateBand>
  );
}

function Rechecked({ rechecked }: { rechecked: RecheckedKeys }) {
  const surprised = (rechecked.verified?.surprises ?? 0) > 0;
  return (
    <StateBand
      name="rechecked"
      role={surprised ? "alert" : "status"}
      mark={surprised ? { icon: "warn", tone: "chg" } : { icon: "info", tone: "unk" }}
      head={surprised ? verifiedWords(rechecked) : `${plural(rechecked.keys, "changed key")} rechecked.`}
      actions={<CompareAll primary={surprised} />}
    >
      <RecheckedWords rechecked={rechecked} />
    </StateBand>
  );
}

/** What a comparison of changed keys does not know. */
export function RecheckedWords({ rechecked }: { rechecked: RecheckedKeys }) {
  const unseen = unseenWords(rechecked.unseen);
  const surprised = (rechecked.verified?.surprises ?? 0) > 0;
  return (
    <span
      data-testid="rechecked"
      data-keys={rechecked.keys}
      data-verified={rechecked.verified?.records}
      data-surprises={rechecked.verified?.surprises}
    >
      {unseen.charAt(0).toUpperCase() + unseen.slice(1)}.{" "}
      <span title={fullTime(rechecked.fullAt)}>Full scan {age(rechecked.fullAt)}.</span>
      {surprised ? "" : ` ${verifiedWords(rechecked)}`}
    </span>
  );
}

export function CompareAll({ primary }: { primary: boolean }) {
  const { sync } = usePanel();
  return (
    <Button
      testId="compare-all"
      title="Compares all records of both sides"
      onPress={() => void sync.compare({ all: true })}
      {...(primary ? { look: "primary" as const } : {})}
    >
      Compare all
    </Button>
  );
}
