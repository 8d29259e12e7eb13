import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateCard } from "../../components/state-card.tsx";
import { cannotGoOnWords } from "../../format/extent-words.ts";
import { keyText } from "../../format/key-text.ts";
import { age, clock, fullTime, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { StoppedSummary } from "../../worker/api.ts";

/** The panel was closed before a comparison had ended: it goes on, or all is compared, and the card says why. */
export function StoppedCompare({ stopped }: { stopped: StoppedSummary }) {
  const { page, sync } = usePanel();
  const { upTo, equal, differing, stoppedAt, cannotGoOn } = stopped;
  const key = <bdi class="mono">{keyText(upTo).text}</bdi>;
  const found =
    differing === undefined
      ? `${plural(equal, "record")} equal`
      : `${plural(equal, "record")} equal, ${plural(differing, "difference")}`;
  return (
    <StateCard
      name="stopped"
      mark={{ glyph: "unk", tone: "unk" }}
      head={
        <>
          The last compare of <bdi>{page.chosen.value?.ref.store}</bdi> stopped at {key}
        </>
      }
      actions={
        <>
          {cannotGoOn === undefined ? (
            <Button look="primary" testId="go-on" onPress={() => void sync.compare({ resume: true })}>
              <span>Go on from {key}</span>
            </Button>
          ) : null}
          <Button
            testId="compare-anew"
            onPress={() => void sync.compare()}
            {...(cannotGoOn === undefined ? {} : { look: "primary" as const })}
          >
            <Icon name="refresh" />
            Compare all
          </Button>
        </>
      }
    >
      <p>
        <span title={fullTime(stoppedAt)}>
          At {clock(stoppedAt)}, {age(stoppedAt)}
        </span>
        : {found} up to there. Of the other keys nothing is known.
      </p>
      {cannotGoOn === undefined ? (
        <p>
          Going on reads the rest, and the differences again. What was written to the other keys up to {key}{" "}
          since then may not be in it.
        </p>
      ) : (
        <p>{cannotGoOnWords(cannotGoOn)} A full compare is needed.</p>
      )}
    </StateCard>
  );
}
