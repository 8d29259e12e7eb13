import { Icon } from "../../components/icon.tsx";
import { keepWords } from "../../format/keep-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** On every view, while the chosen mapping is kept in sync: how it stands. Leads to the list. */
export function KeepStatus() {
  const { keep, ui } = usePanel();
  const state = keep.state.value;
  if (state === undefined) return null;
  const { is, short, long, icon, tone } = keepWords(state);
  return (
    <span class="keep-status" role="status">
      <button
        type="button"
        class="door plain"
        data-testid="keep-status"
        data-state={is}
        data-behind={state.behind}
        title={long}
        onClick={() => {
          ui.tab.value = "sync";
        }}
      >
        <span class={`c-${tone}`}>
          <Icon name={icon} small />
        </span>
        <span class="sr">Kept in sync: </span>
        {short}
      </button>
    </span>
  );
}
