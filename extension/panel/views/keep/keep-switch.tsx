import { Icon } from "../../components/icon.tsx";
import { keepWords } from "../../format/keep-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** In the head of a mapping: whether it is kept in sync. Opens what that does, and where it is ended. */
export function KeepSwitch() {
  const { keep, ui } = usePanel();
  const state = keep.state.value;
  const words = state && keepWords(state);
  return (
    <button
      type="button"
      class={state === undefined ? "door" : "door plain watching"}
      data-testid="keep"
      data-state={state === undefined ? "off" : "on"}
      aria-haspopup="dialog"
      title={
        words === undefined
          ? "Rounds of compare and apply by themselves, while this panel is open"
          : `${words.short}. ${words.long} Press for its settings, or to end it.`
      }
      onClick={() => {
        ui.dialog.value = "keep";
      }}
    >
      <Icon name="both" />
      {state === undefined ? "Keep in sync…" : "Kept in sync"}
    </button>
  );
}
