/**
 * Keys that work everywhere.
 *
 * DevTools takes Escape (its console drawer) and Ctrl+F (its find bar) from a panel: Firefox unless a capture
 * listener prevents the default, Chromium by a listener on the document, which these events must not reach.
 */
import type { Panel } from "../../stores/panel.ts";

export function installGlobalKeys(panel: Panel): () => void {
  const keep = (event: KeyboardEvent) => {
    if (!isWantedByDevTools(event)) return;
    event.preventDefault();
    if (event.key !== "Escape") focusFilter();
  };
  const act = (event: KeyboardEvent) => {
    if (isWantedByDevTools(event)) event.stopPropagation();
    if (panel.ui.dialog.value !== "none") return;
    if (event.key === "F6") {
      event.preventDefault();
      movePane(event.shiftKey ? -1 : 1);
    } else if (event.key === "F9") {
      event.preventDefault();
      panel.ui.tab.value = "sync";
      void panel.sync.compare();
    } else if (event.key === "?" && !isTyping(event.target)) {
      event.preventDefault();
      panel.ui.dialog.value = "shortcuts";
    } else if (event.key === "Escape" && panel.sync.running.value !== undefined) {
      void panel.sync.cancel();
    } else if (event.key === "Escape" && panel.sync.proposing.value !== undefined) {
      void panel.sync.cancelProposing();
    }
  };
  document.addEventListener("keydown", keep, true);
  document.body.addEventListener("keydown", act);
  return () => {
    document.removeEventListener("keydown", keep, true);
    document.body.removeEventListener("keydown", act);
  };
}

function isWantedByDevTools({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key === "Escape" || ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "f");
}

/** Whether keys go into text that somebody is typing. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, [contenteditable]") !== null;
}

/** The filter of the view on screen, if it has one. */
function focusFilter(): void {
  const field = document.querySelector<HTMLInputElement>("[data-filter]");
  field?.focus();
  field?.select();
}

/** Gives the focus to the first stop of the next pane that is on screen. */
function movePane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) =>
    pane.checkVisibility(),
  );
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(at + step + panes.length) % panes.length];
  const stop = next?.querySelector<HTMLElement>(
    '[role="grid"][tabindex="0"], [role="treeitem"][tabindex="0"], [tabindex="0"], button:not([tabindex="-1"]), input',
  );
  stop?.focus();
}
