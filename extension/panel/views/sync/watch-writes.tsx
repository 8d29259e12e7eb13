import { Icon } from "../../components/icon.tsx";
import { clock, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";

/** Watches the page's writes while it is pressed: the next compare then looks at changed keys alone. */
export function WatchWrites() {
  const { watch, page } = usePanel();
  const ref = page.chosen.value?.ref;
  if (ref === undefined) return null;
  const state = watch.state.value;
  const isOn = state.is === "on" && state.frame.join() === ref.frame.join();
  const words = isOn
    ? `Watching since ${clock(state.since)}: ${plural(watch.keysOf(ref), "key")}`
    : "Watch writes";
  return (
    <button
      type="button"
      class={isOn ? "door plain watching" : "door"}
      data-testid="watch-writes"
      data-state={isOn ? "on" : "off"}
      data-keys={isOn ? watch.keysOf(ref) : undefined}
      aria-pressed={isOn}
      title={
        isOn
          ? "Records which keys this page writes; writes by workers and other tabs are not seen. Press to stop. Ends when the page is loaded again or DevTools closes."
          : `Records which keys this page writes, so that the next compare reads those alone. The page’s storage functions are wrapped meanwhile.${state.is === "off" && state.ended === "reloaded" ? " It ended because the page was loaded again." : ""}`
      }
      onClick={() => void watch.set(ref, !isOn)}
    >
      <Icon name="time" />
      {words}
    </button>
  );
}
