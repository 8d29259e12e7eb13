import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Sprite } from "./components/sprite.tsx";
import { createPanel, type Panel, PanelProvider } from "./stores/panel.ts";
import type { WorkerPort } from "./stores/worker-port.ts";
import { ActivityView } from "./views/activity/activity-view.tsx";
import { RecordsView } from "./views/data/data-view.tsx";
import { JobsView } from "./views/jobs/jobs-view.tsx";
import { KeepDialog } from "./views/keep/keep-dialog.tsx";
import { SchedulesView } from "./views/schedules/schedules-view.tsx";
import { WaitingBands } from "./views/schedules/waiting-bands.tsx";
import { SettingsDialog } from "./views/settings/settings-dialog.tsx";
import { BridgeDialog } from "./views/shell/bridge-dialog.tsx";
import { installGlobalKeys } from "./views/shell/global-keys.ts";
import { ShortcutsDialog } from "./views/shell/shortcuts-dialog.tsx";
import { StatusBar } from "./views/shell/status-bar.tsx";
import { TopBar } from "./views/shell/top-bar.tsx";
import { MappingDialog } from "./views/sync/mapping-dialog.tsx";
import { ProposeDialog } from "./views/sync/propose-dialog.tsx";
import { SyncTab } from "./views/sync/sync-tab.tsx";
import { TellDialog } from "./views/tell/tell-dialog.tsx";

/** Draws the panel into `root` and starts reading the page. */
export function mountPanel(root: HTMLElement, worker: WorkerPort): Panel {
  const panel = createPanel(worker);
  render(
    <PanelProvider value={panel}>
      <App panel={panel} />
    </PanelProvider>,
    root,
  );
  void panel.page.refresh();
  return panel;
}

function App({ panel }: { panel: Panel }) {
  useEffect(() => installGlobalKeys(panel), [panel]);
  return (
    <>
      <Sprite />
      <div class="app">
        <TopBar />
        <main class={panel.schedules.waiting.value.length > 0 ? "main with-bands" : "main"}>
          <WaitingBands />
          <OpenTab panel={panel} />
        </main>
        <StatusBar />
      </div>
      <OpenDialog panel={panel} />
    </>
  );
}

function OpenTab({ panel }: { panel: Panel }) {
  switch (panel.ui.tab.value) {
    case "data":
      return <RecordsView />;
    case "sync":
      return <SyncTab />;
    case "activity":
      return <ActivityView />;
    case "jobs":
      return <JobsView />;
    case "schedules":
      return <SchedulesView />;
  }
}

function OpenDialog({ panel }: { panel: Panel }) {
  switch (panel.ui.dialog.value) {
    case "shortcuts":
      return <ShortcutsDialog />;
    case "bridge":
      return <BridgeDialog />;
    case "settings":
      return <SettingsDialog />;
    case "mapping":
      return <MappingDialog />;
    case "keep":
      return <KeepDialog />;
    case "tell":
      return <TellDialog />;
    case "propose":
      return <ProposeDialog choice={panel.ui.proposal.value} />;
    case "none":
      return null;
  }
}
