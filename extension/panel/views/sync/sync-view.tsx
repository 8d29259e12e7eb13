import { useState } from "preact/hooks";
import { Splitter } from "../../components/splitter.tsx";
import { usePanel } from "../../stores/panel.ts";
import { KeepBand } from "../keep/keep-band.tsx";
import { QueueBands } from "../queue/queue-bands.tsx";
import { CompareProgress } from "./compare-progress.tsx";
import { DriftBands } from "./drift-bands.tsx";
import { DriftChips } from "./drift-chips.tsx";
import { DriftDetailPane } from "./drift-detail.tsx";
import { DriftList } from "./drift-list.tsx";
import { MappingHead } from "./mapping-head.tsx";
import { useSyncState } from "./sync-states.tsx";

const DETAIL_SHARE = 46;

/** One mapping: what drifted, what is proposed, and one record in detail. */
export function SyncView() {
  const { sync, page } = usePanel();
  const [share, setShare] = useState(DETAIL_SHARE);
  const card = useSyncState();
  const name = page.chosen.value?.ref.store ?? "";
  return (
    <div class="view sync" id="view" role="tabpanel" aria-labelledby="tab-sync">
      <h1 class="sr">
        Sync: <bdi>{name}</bdi>
      </h1>
      <MappingHead />
      <div>
        <KeepBand />
        {sync.running.value !== undefined && card === undefined ? <CompareProgress /> : null}
        <QueueBands />
        {card === undefined ? (
          <>
            <DriftBands />
            <DriftChips />
          </>
        ) : null}
      </div>
      {card === undefined ? (
        <div class="split" style={{ "--detail": `${share}%` }}>
          <section class="pane" aria-label="Drift" data-pane>
            <DriftList />
          </section>
          <Splitter label="Resize detail" value={share} initial={DETAIL_SHARE} onChange={setShare} />
          <DriftDetailPane />
        </div>
      ) : (
        <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State" data-pane>
          {card}
        </div>
      )}
    </div>
  );
}
