import { useState } from "preact/hooks";
import { Splitter } from "../../components/splitter.tsx";
import { usePanel } from "../../stores/panel.ts";
import { usePageProblem } from "../states/page-problem.tsx";
import { RecordDetail } from "./record-detail.tsx";
import { RecordsPane } from "./records-pane.tsx";
import { StoreTree } from "./store-tree.tsx";

const DETAIL_SHARE = 30;

/** The page's databases, the records of one store, one record whole. Works without a bridge. */
export function RecordsView() {
  const { page } = usePanel();
  const [share, setShare] = useState(DETAIL_SHARE);
  const problem = usePageProblem();
  const chosen = page.chosen.value;
  return (
    <div
      class={`view inspect${chosen === undefined ? " no-detail" : ""}`}
      id="view"
      role="tabpanel"
      aria-labelledby="tab-data"
      style={{ "--detail": `${share}%` }}
    >
      <h1 class="sr">
        Data: <bdi>{chosen?.ref.store ?? "no store chosen"}</bdi>
      </h1>
      {problem === undefined ? (
        <>
          <StoreTree />
          <RecordsPane />
          {chosen === undefined ? null : (
            <>
              <Splitter label="Resize the record" value={share} initial={DETAIL_SHARE} onChange={setShare} />
              <RecordDetail />
            </>
          )}
        </>
      ) : (
        <div class="scroll lone-box" tabIndex={0} role="group" aria-label="State" data-pane>
          {problem}
        </div>
      )}
    </div>
  );
}
