import type { MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { MenuButton } from "../../components/menu.tsx";
import { age, count, fullTime, plural } from "../../format/numbers.ts";
import { policyWords } from "../../format/policy-words.ts";
import { allStores } from "../../stores/page.ts";
import { usePanel } from "../../stores/panel.ts";
import { KeepSwitch } from "../keep/keep-switch.tsx";
import { TellSwitch } from "../tell/tell-switch.tsx";
import { WatchWrites } from "./watch-writes.tsx";

export const LEVEL_TITLE = {
  "read-only": "The bridge’s configuration allows reading only",
  confirm: "Every write is shown before it runs",
  unattended: "The bridge’s configuration allows writes without asking",
} as const;

/** What is compared with what, and the two steps: Compare, Preview. */
export function MappingHead() {
  const { bridge, page, sync, plan, ui } = usePanel();
  const mapping = bridge.mapping.value;
  const chosen = page.chosen.value;
  const state = page.state.value;
  const running = sync.running.value !== undefined;
  const decided = sync.decided.value;
  const policy = mapping?.settings.policy ?? { is: "manual" };

  async function preview(): Promise<void> {
    if (await plan.preview()) ui.syncScreen.value = "plan";
  }

  const connected = bridge.state.value.is === "ready";
  const compareBlocked = running
    ? "A compare is running"
    : bridge.state.value.is === "not-paired" || bridge.state.value.is === "refused"
      ? "Connect a bridge first"
      : undefined;
  const previewBlocked = plan.making.value
    ? "Making the plan"
    : running
      ? "When the compare is done"
      : sync.summary.value === undefined
        ? "Compare first"
        : decided === 0
          ? "Nothing is decided: choose a side for a record first"
          : undefined;

  return (
    <div class="maphead" data-pane>
      <div class="route">
        <span class="side">
          <Icon name="page" />
          {state.is === "ready" ? (
            <MenuButton
              label="Choose a store"
              title={
                chosen === undefined
                  ? "Choose a store"
                  : `${chosen.ref.database} › ${chosen.ref.store}: choose another store`
              }
              extra="storemenu"
              items={[...allStores(state.frames)].map((store) => ({
                label: `${store.ref.store} in ${store.ref.database}`,
                icon: <Icon name="store" />,
                onChoose: () => page.choose(store.ref),
              }))}
            >
              <bdi class="mono trunc">{chosen?.ref.store ?? "no store"}</bdi>
              <Icon name="down" small />
            </MenuButton>
          ) : (
            <bdi class="mono trunc">{chosen?.ref.store ?? "no store"}</bdi>
          )}
        </span>
        {mapping === undefined ? null : (
          <>
            <span class="c-acc" title="Mapping: both ways">
              <Icon name="swap" />
            </span>
            <span class="side">
              <Icon name="remote" />
              <b
                class="mono trunc"
                title={`${mapping.collection} in ${mapping.connection} (${mapping.backend})`}
              >
                <bdi>{mapping.collection}</bdi>
              </b>
            </span>
          </>
        )}
      </div>
      {mapping === undefined ? (
        <span class="facts" />
      ) : (
        <div class="facts">
          <span title={mapping.readOnly ?? LEVEL_TITLE[mapping.level]}>
            <bdi>{mapping.connection}</bdi> · {mapping.backend}
            {mapping.level === "read-only" ? <span class="tag">read-only</span> : null}
          </span>
          {mapping.settings.columns === undefined ? null : (
            <span class="tag line" data-testid="mapping-mode" title={columnsWords(mapping.settings)}>
              {mapping.settings.scope === undefined ? "columns" : "columns, scoped"}
            </span>
          )}
          <span
            title={
              mapping.baseAt === undefined
                ? "Never compared"
                : `Last complete compare: ${fullTime(mapping.baseAt)}`
            }
          >
            <Icon name="base" />
            {mapping.baseAt === undefined ? (
              "No base yet"
            ) : (
              <>
                Base <span class="strong">{age(mapping.baseAt)}</span>
              </>
            )}
          </span>
          <WatchWrites />
          <KeepSwitch />
          <TellSwitch />
          {policy.is === "manual" ? null : (
            <span class="tag line" title="Proposes decisions for conflicts after each compare">
              {policyWords(policy)}
            </span>
          )}
        </div>
      )}
      {mapping === undefined ? null : (
        <div class="acts">
          <Button
            icon
            look="quiet"
            testId="open-mapping"
            label="Settings of this mapping"
            title={`Settings of this mapping: ${policyWords(policy)}`}
            popup="dialog"
            onPress={() => {
              ui.dialog.value = "mapping";
            }}
          >
            <Icon name="edit" />
          </Button>
          <Button
            testId="compare"
            title="Compare the two sides now (F9)"
            blockedBy={compareBlocked}
            onPress={() => void sync.compare()}
            {...(sync.summary.value === undefined && sync.stopped.value === undefined && connected
              ? { look: "primary" as const }
              : {})}
          >
            <Icon name="refresh" />
            Compare
          </Button>
          <Button
            testId="preview"
            blockedBy={previewBlocked}
            title={`${count(decided)} decided: see the operations before anything runs (Ctrl Enter)`}
            onPress={() => void preview()}
            {...(sync.summary.value === undefined ? {} : { look: "primary" as const })}
          >
            {decided === 0 ? "Preview plan" : `Preview plan (${count(decided)})`}
          </Button>
        </div>
      )}
    </div>
  );
}

function columnsWords({ columns, scope }: MappingSettings): string {
  const fields = plural(columns?.fields.length ?? 0, "field");
  const version = columns?.version === undefined ? "no version column" : `version ${columns.version.column}`;
  const part = scope === undefined ? "" : "; a part of its rows";
  return `An existing table: ${fields} mapped, ${version}${part}`;
}
