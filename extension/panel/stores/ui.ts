/** What is on screen: the tab, the screen inside Sync, and what is open above it. */
import { signal } from "@preact/signals";
import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";

export type Tab = "data" | "sync" | "activity" | "jobs" | "schedules";
export const TABS: readonly Tab[] = ["data", "sync", "activity", "jobs", "schedules"];

/** An existing table that is being mapped to the chosen store. */
export interface TableToMap {
  readonly connection: string;
  /** Absent: it is chosen from those there are. */
  readonly table?: string;
  /** Where the bridge's config file says how it is mapped, and by what of it. */
  readonly proposal?: { readonly settings: MappingSettings; readonly by: string };
}

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
    mappingTo: signal<TableToMap | undefined>(undefined),
    /** The mapping to an existing table that is being edited, by its id. */
    mappingEdited: signal<string | undefined>(undefined),
    /** The tree above the grid, where the panel is too narrow for both. */
    storePicker: signal(false),
  };
}

export type UiStore = ReturnType<typeof createUiStore>;
