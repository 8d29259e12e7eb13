/** All stores of one panel, and how views reach them. */
import { computed, effect, untracked } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { createActivityStore } from "./activity.ts";
import { createBridgeStore } from "./bridge.ts";
import { createDraftsStore } from "./drafts.ts";
import { createJobsStore } from "./jobs.ts";
import { createKeepStore } from "./keep.ts";
import { createMemoryStore } from "./memory.ts";
import { createNotices } from "./notices.ts";
import { createPageStore } from "./page.ts";
import { createPlanStore } from "./plan.ts";
import { createQueueStore } from "./queue.ts";
import { createRecordsStore } from "./records.ts";
import { createSchedulesStore } from "./schedules.ts";
import { createSyncStore } from "./sync.ts";
import { createTellStore } from "./tell.ts";
import { createUiStore } from "./ui.ts";
import { createWatchStore } from "./watch.ts";
import type { WorkerPort } from "./worker-port.ts";

export function createPanel(worker: WorkerPort) {
  const notices = createNotices();
  const ui = createUiStore();
  const page = createPageStore(worker, notices);
  const records = createRecordsStore(worker, page, notices);
  const bridge = createBridgeStore(worker, page, notices);
  const drafts = createDraftsStore(worker, bridge);
  const sync = createSyncStore(worker, bridge, notices);
  const plan = createPlanStore(worker, bridge, sync, notices);
  const queue = createQueueStore(worker, bridge, sync, plan, notices);
  const watch = createWatchStore(worker, notices);
  const keep = createKeepStore(worker, { bridge, sync, plan, ui, notices });
  const tell = createTellStore(worker, bridge, notices);
  const jobs = createJobsStore(worker, notices);
  const schedules = createSchedulesStore(worker, page, notices);
  const activity = createActivityStore(worker, bridge);
  const memory = createMemoryStore(worker, bridge, sync, activity);
  // Plan and conflict are of one store: when another is chosen, its list shows. An apply that runs stays in sight.
  page.chosenRef.subscribe(() => {
    ui.mappingTo.value = undefined;
    const { phase } = plan;
    if (phase.peek() === "previewed" || phase.peek() === "done") ui.syncScreen.value = "list";
  });
  const isDataShown = computed(() => ui.tab.value === "data");
  effect(() => {
    if (isDataShown.value) untracked(() => void records.lookAgain());
  });
  worker.on("round", ({ changed }) => {
    if (changed && isDataShown.peek()) void records.lookAgain();
  });
  return {
    worker,
    notices,
    ui,
    page,
    records,
    bridge,
    drafts,
    sync,
    plan,
    queue,
    watch,
    keep,
    tell,
    jobs,
    schedules,
    activity,
    memory,
  };
}

export type Panel = ReturnType<typeof createPanel>;

const PanelContext = createContext<Panel | undefined>(undefined);
export const PanelProvider = PanelContext.Provider;

export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === undefined) throw new Error("A view was drawn outside of its panel.");
  return panel;
}
