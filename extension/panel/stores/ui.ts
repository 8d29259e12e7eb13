/** What is on screen: the tab, the screen inside Sync, and what is open above it. */
import { signal } from "@preact/signals";

export type Tab = "data" | "sync" | "activity" | "jobs" | "schedules";
export const TABS: readonly Tab[] = ["data", "sync", "activity", "jobs", "schedules"];

/** A policy before its field is named. */
export type ProposalChoice =
  | { readonly is: "newestWins" | "mergeFields" }
  | { readonly is: "custom"; readonly name: string };

export function createUiStore() {
  return {
    tab: signal<Tab>("data"),
    /** Inside the Sync tab. */
    syncScreen: signal<"list" | "three-way" | "plan">("list"),
    dialog: signal<"none" | "shortcuts" | "bridge" | "settings" | "mapping" | "keep" | "tell" | "propose">(
      "none",
    ),
    /** What the bridge's dialog shows instead of the bridge: a new draft, or the one of this name. */
    draft: signal<{ readonly name?: string } | undefined>(undefined),
    /** The policy that the dialog is about. */
    proposal: signal<ProposalChoice>({ is: "newestWins" }),
    /** The connection on which an existing table is being mapped to the chosen store. */
    mappingTo: signal<string | undefined>(undefined),
    /** The mapping to an existing table that is being edited, by its id. */
    mappingEdited: signal<string | undefined>(undefined),
    /** The tree above the grid, where the panel is too narrow for both. */
    storePicker: signal(false),
  };
}

export type UiStore = ReturnType<typeof createUiStore>;
