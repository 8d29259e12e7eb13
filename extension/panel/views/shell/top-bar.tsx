import { useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon, Logo } from "../../components/icon.tsx";
import { count } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import { TABS, type Tab } from "../../stores/ui.ts";

const TAB_WORDS: Readonly<Record<Tab, string>> = {
  data: "Data",
  sync: "Sync",
  activity: "Activity",
  jobs: "Jobs",
  schedules: "Schedules",
};

export function TopBar() {
  const { ui, sync } = usePanel();
  const list = useRef<HTMLDivElement>(null);
  const drift = sync.summary.value?.driftCount ?? 0;

  function onKeyDown(event: KeyboardEvent): void {
    const at = TABS.indexOf(ui.tab.value);
    const next =
      event.key === "ArrowRight"
        ? (at + 1) % TABS.length
        : event.key === "ArrowLeft"
          ? (at + TABS.length - 1) % TABS.length
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? TABS.length - 1
              : undefined;
    const tab = next === undefined ? undefined : TABS[next];
    if (tab === undefined) return;
    event.preventDefault();
    ui.tab.value = tab;
    list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  }

  return (
    <header class="topbar">
      <span class="brand" title="Driftscope">
        <Logo />
        <span class="at-medium">Driftscope</span>
      </span>
      <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={onKeyDown}>
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            aria-controls="view"
            aria-selected={ui.tab.value === tab}
            tabIndex={ui.tab.value === tab ? 0 : -1}
            onClick={() => {
              ui.tab.value = tab;
            }}
          >
            {TAB_WORDS[tab]} {tab === "sync" && drift > 0 ? <span class="count">{count(drift)}</span> : null}
          </button>
        ))}
      </div>
      <span class="grow" />
      <Button
        icon
        look="quiet"
        label="Settings"
        title="Settings: what is remembered, and for how long"
        testId="settings"
        popup="dialog"
        onPress={() => {
          ui.dialog.value = "settings";
        }}
      >
        <Icon name="settings" />
      </Button>
      <Button
        icon
        look="quiet"
        label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        popup="dialog"
        onPress={() => {
          ui.dialog.value = "shortcuts";
        }}
      >
        <Icon name="help" />
      </Button>
    </header>
  );
}
