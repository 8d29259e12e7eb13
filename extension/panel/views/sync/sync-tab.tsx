import { useLayoutEffect } from "preact/hooks";
import { usePanel } from "../../stores/panel.ts";
import { MappingEditor } from "../mapping/mapping-editor.tsx";
import { PlanView } from "../plan/plan-view.tsx";
import { ThreeWayView } from "../three-way/three-way-view.tsx";
import { SyncView } from "./sync-view.tsx";

/** Where the focus goes when what had it went with the screen before. A merge finds its own field. */
const ENTRIES = {
  list: '#view [role="grid"]',
  plan: '#view section[tabindex="0"]',
  "three-way": undefined,
} as const;

/** The Sync tab shows the drift, one conflict, or the plan. */
export function SyncTab() {
  const { ui, plan, sync, bridge } = usePanel();
  const screen = ui.syncScreen.value;
  const phase = plan.phase.value;
  useLayoutEffect(() => {
    const entry = ENTRIES[screen];
    if (entry !== undefined && document.activeElement === document.body)
      document.querySelector<HTMLElement>(entry)?.focus({ preventScroll: true });
  }, [screen, phase]);
  const mapping = bridge.mapping.value;
  if (mapping !== undefined && ui.mappingEdited.value === mapping.id)
    return <MappingEditor key={mapping.id} connection={mapping.connection} mapping={mapping} />;
  if (ui.mappingTo.value !== undefined && mapping === undefined)
    return <MappingEditor {...ui.mappingTo.value} />;
  if (ui.syncScreen.value === "plan" && plan.plan.value !== undefined)
    return <PlanView plan={plan.plan.value} />;
  const detail = sync.detail.value;
  if (ui.syncScreen.value === "three-way" && detail.is === "loading")
    return (
      <div class="view" id="view" role="tabpanel" aria-labelledby="tab-sync">
        <p class="hint pad" role="status">
          Reading both sides
        </p>
      </div>
    );
  if (ui.syncScreen.value === "three-way" && detail.is === "ready")
    return <ThreeWayView key={detail.detail.row.index} detail={detail.detail} />;
  return <SyncView />;
}
