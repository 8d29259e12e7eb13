import { Icon, type IconName } from "../../components/icon.tsx";
import { extentWords } from "../../format/extent-words.ts";
import { keyText } from "../../format/key-text.ts";
import { clock, count, fullTime, plural } from "../../format/numbers.ts";
import { type Panel, usePanel } from "../../stores/panel.ts";
import type { BridgeState, ConnectionInfo } from "../../worker/api.ts";
import { KeepStatus } from "../keep/keep-status.tsx";

export function StatusBar() {
  const panel = usePanel();
  const { state, words, icon, title } = compareStatus(panel);
  const error = panel.notices.error.value;
  return (
    <footer class="statusbar">
      <div class="grow row" role="status">
        {error === undefined ? (
          <span
            data-testid="compare-status"
            data-state={state}
            data-extent={panel.sync.summary.value?.extent}
            title={title}
          >
            {icon === undefined ? null : <Icon name={icon} small />}
            <span class="trunc">{words}</span>
          </span>
        ) : (
          <span class="status-error" title={error.details ?? error.message} data-testid="notice">
            <Icon name="err" small />
            <span class="trunc">{error.message}</span>
            <button type="button" class="door plain" onClick={panel.notices.dismiss}>
              Dismiss
            </button>
            <span class="sr" data-testid="compare-status" data-state={state}>
              {words}
            </span>
          </span>
        )}
      </div>
      <KeepStatus />
      <BridgeButton panel={panel} />
    </footer>
  );
}

interface CompareStatus {
  readonly state: "none" | "running" | "complete" | "partial" | "error";
  readonly words: string;
  readonly title: string;
  readonly icon?: IconName;
}

function compareStatus({ sync, plan, ui, page }: Panel): CompareStatus {
  const summary = sync.summary.value;
  const state =
    sync.running.value !== undefined
      ? "running"
      : sync.error.value !== undefined
        ? "error"
        : summary === undefined
          ? "none"
          : summary.complete
            ? "complete"
            : "partial";
  if (ui.tab.value === "sync" && ui.syncScreen.value === "plan" && plan.plan.value !== undefined) {
    const written =
      plan.phase.value === "done"
        ? "Every write is in the history"
        : plan.phase.value === "applying"
          ? "Writing"
          : "Nothing has been written";
    return { state, words: written, title: written, icon: plan.phase.value === "done" ? "check" : "lock" };
  }
  if (ui.tab.value === "sync" && ui.syncScreen.value === "three-way")
    return {
      state,
      words: "Nothing is written until the plan is applied",
      title: "Nothing is written until the plan is applied",
      icon: "lock",
    };
  switch (state) {
    case "running":
      return {
        state,
        words: "Comparing; differences are read twice before they show",
        title: "",
        icon: "refresh",
      };
    case "error":
      return { state, words: "The last compare ended with an error", title: "", icon: "err" };
    case "none": {
      const store = page.chosen.value?.description;
      const words =
        sync.stopped.value !== undefined
          ? "Compared in part, by an earlier panel"
          : store === undefined
            ? "Nothing compared yet"
            : `${store.count === undefined ? "" : `${plural(store.count, "record")} · `}not compared yet`;
      return { state, words, title: words };
    }
    default: {
      if (summary === undefined) return { state, words: "", title: "" };
      const keys = count(summary.counts.equal + summary.driftCount);
      const at = clock(summary.finishedAt);
      const words =
        state === "complete"
          ? `Compared ${at}, ${extentWords(summary)}${summary.rechecked === undefined ? `, ${keys} keys` : ""}`
          : `Stopped ${at}${summary.comparedUpTo === undefined ? "" : ` at ${keyText(summary.comparedUpTo).text}`}, ${keys} keys compared`;
      return {
        state,
        words,
        title: fullTime(summary.finishedAt),
        icon:
          state !== "complete"
            ? "unknown"
            : summary.rechecked === undefined &&
                summary.earlierPart === undefined &&
                summary.remoteAsOf === undefined
              ? "check"
              : "info",
      };
    }
  }
}

const LEVEL_WORDS: Readonly<Record<ConnectionInfo["level"], string>> = {
  "read-only": "read-only",
  confirm: "asks before writing",
  unattended: "writes unattended",
};

function BridgeButton({ panel }: { panel: Panel }) {
  const state = panel.bridge.state.value;
  const { name, more, title, icon } = bridgeWords(state, panel.bridge.mapping.value?.connection);
  return (
    <button
      type="button"
      class="door plain bridge-button"
      data-testid="bridge-status"
      data-state={state.is}
      title={title}
      aria-haspopup="dialog"
      onClick={() => {
        panel.ui.dialog.value = "bridge";
      }}
    >
      <Icon name={icon} small />
      <span class="bridge-name">{name}</span>
      {more === "" ? null : <span class="at-medium">· {more}</span>}
    </button>
  );
}

function bridgeWords(
  state: BridgeState,
  connectionName: string | undefined,
): { name: string; more: string; title: string; icon: IconName } {
  switch (state.is) {
    case "not-paired":
      return { name: "no bridge", more: "pair one to compare", title: "Connect a bridge", icon: "unplug" };
    case "connecting":
      return { name: "connecting", more: "", title: `Connecting to 127.0.0.1:${state.port}`, icon: "link" };
    case "not-running":
      return {
        name: "bridge not running",
        more: "",
        title: `Nothing answers on 127.0.0.1:${state.port}`,
        icon: "unplug",
      };
    case "refused":
      return { name: "bridge refused", more: "", title: state.reason, icon: "err" };
    case "ready": {
      const connection = state.connections.find((one) => one.name === connectionName) ?? state.connections[0];
      const latency = state.latencyMs === undefined ? "" : ` · ${Math.round(state.latencyMs)} ms`;
      return {
        name: connection?.name ?? "bridge",
        more: `${connection === undefined ? "no connection" : LEVEL_WORDS[connection.level]}${latency}`,
        title: `Bridge connected on 127.0.0.1:${state.port}: ${state.connections
          .map((one) => `${one.name} (${one.backend}), ${LEVEL_WORDS[one.level]}`)
          .join("; ")}`,
        icon: "link",
      };
    }
  }
}
