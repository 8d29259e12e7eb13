import { Icon } from "../../components/icon.tsx";
import { tellWords } from "../../format/tell-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** In the head of a mapping, where the bridge's configuration has it: whether what the page writes is told to consumers. */
export function TellSwitch() {
  const { bridge, tell, ui } = usePanel();
  const mapping = bridge.mapping.value;
  const to = mapping?.tell?.to ?? mapping?.observedTo;
  if (to === undefined) return null;
  const state = tell.state.value;
  const words = state && tellWords(state, to);
  return (
    <button
      type="button"
      class={state === undefined ? "door" : "door plain watching"}
      data-testid="tell"
      data-state={state?.condition.is ?? "off"}
      data-told={state?.told}
      data-untold={state?.untold}
      aria-haspopup="dialog"
      title={
        words === undefined
          ? `Tells consumers what this page writes: ${to}`
          : `${words.long} Press for what is told, or to end it.`
      }
      onClick={() => {
        ui.dialog.value = "tell";
      }}
    >
      <Icon name={state?.condition.is === "away" ? "unplug" : "push"} />
      {words === undefined ? "Tell writes…" : words.short}
    </button>
  );
}
