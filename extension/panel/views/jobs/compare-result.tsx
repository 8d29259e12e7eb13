import type { JobInfo } from "../../../../core/protocol/job-frames.ts";
import { parseMappingSettings } from "../../../../core/protocol/mapping-settings.ts";
import { Icon } from "../../components/icon.tsx";
import { MenuButton, type MenuItem } from "../../components/menu.tsx";
import { allStores, sameStore } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";

/** Leads from what a job made to a store of the page: to their compare, or to the mapping that it needs first. */
export function CompareResult({ job }: { job: JobInfo }) {
  const items = useStores(job);
  if (job.dataset === undefined) return null;
  return (
    <div class="job-result">
      <MenuButton
        label="Compare the result with a store"
        title="With a store that has no remote yet: others are not listed"
        testId="compare-result"
        blockedBy={
          job.last === undefined
            ? "Run it first: it has made nothing yet"
            : items.length === 0
              ? "The page has no store without a remote"
              : undefined
        }
        items={items}
      >
        <Icon name="swap" />
        <span class="trunc">Compare the result…</span>
      </MenuButton>
    </div>
  );
}

function useStores({ name, dataset }: JobInfo): readonly MenuItem[] {
  const { page, bridge, ui } = usePanel();
  const state = page.state.value;
  if (dataset === undefined || state.is !== "ready") return [];
  const { connection, collection, mapping } = dataset;
  return [...allStores(state.frames)].flatMap(({ ref }): MenuItem[] => {
    const mapped = bridge.mappings.value.find((one) => sameStore(one.ref, ref));
    const isMappedHere = mapped?.connection === connection && mapped.collection === collection;
    if (mapped !== undefined && !isMappedHere) return [];
    return [
      {
        label: `${ref.store} in ${ref.database}`,
        testId: "result-store",
        icon: <Icon name="store" />,
        ...(isMappedHere ? { note: "mapped to it" } : {}),
        onChoose: () => {
          // Another store's mapping that was begun is given up by this.
          page.choose(ref);
          ui.syncScreen.value = "list";
          ui.tab.value = "sync";
          if (isMappedHere) return;
          ui.mappingTo.value = {
            connection,
            table: collection,
            ...(mapping === undefined
              ? {}
              : { proposal: { settings: parseMappingSettings(mapping), by: `the job ${name}` } }),
          };
        },
      },
    ];
  });
}
