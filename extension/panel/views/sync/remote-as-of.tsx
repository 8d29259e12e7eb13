import { Button } from "../../components/button.tsx";
import { StateBand } from "../../components/state-card.tsx";
import { asOfWords } from "../../format/extent-words.ts";
import { fullTime } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { useNow } from "./use-now.ts";

/** Says of when the remote is that a list was made with, and offers to read it again. */
export function RemoteAsOf({ at }: { at: number }) {
  return (
    <StateBand
      name="remote-as-of"
      mark={{ icon: "clock", tone: "unk" }}
      head={<AsOf at={at} />}
      actions={<RefreshRemote />}
    >
      What differed was looked up again just then. What others wrote to the rest is not in this; nothing of it
      became base. Applying checks every record again.
    </StateBand>
  );
}

/** "The remote as of 12:03, 4 min ago." */
export function AsOf({ at }: { at: number }) {
  const now = useNow();
  return (
    <span data-testid="remote-as-of" data-at={at} title={fullTime(at)}>
      The remote {asOfWords(at, Math.max(now, at))}.
    </span>
  );
}

export function RefreshRemote() {
  const { sync } = usePanel();
  return (
    <Button
      testId="refresh-remote"
      title="Reads the remote again, and compares all records"
      onPress={() => void sync.compare({ fresh: true })}
    >
      Refresh
    </Button>
  );
}
