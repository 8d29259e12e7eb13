/** Every shortcut of the panel, as the dialog lists them. */
export interface ShortcutGroup {
  readonly title: string;
  readonly keys: readonly { readonly keys: readonly string[]; readonly does: string }[];
}

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: "Everywhere",
    keys: [
      { keys: ["F6"], does: "Next pane (Shift F6: previous)" },
      { keys: ["?"], does: "This list" },
      { keys: ["Ctrl F"], does: "Filter" },
      { keys: ["F9"], does: "Compare" },
      { keys: ["Esc"], does: "Cancel, close or go back" },
    ],
  },
  {
    title: "Tree and grids",
    keys: [
      { keys: ["↑", "↓"], does: "Move" },
      { keys: ["→", "←"], does: "Open or close; next or previous cell" },
      { keys: ["PgUp", "PgDn"], does: "A page" },
      { keys: ["Ctrl Home", "Ctrl End"], does: "First or last row" },
      { keys: ["Ctrl C"], does: "Copy the cell or the rows" },
    ],
  },
  {
    title: "Drift",
    keys: [
      { keys: ["J", "K"], does: "Next or previous record" },
      { keys: ["1"], does: "Push local" },
      { keys: ["3"], does: "Keep remote" },
      { keys: ["0"], does: "Leave" },
      { keys: ["Enter"], does: "Open or resolve" },
      { keys: ["Ctrl Enter"], does: "Preview the plan" },
    ],
  },
  {
    title: "Resolving a conflict",
    keys: [
      { keys: ["1", "2", "3"], does: "Take local, base or remote for the field" },
      { keys: ["Shift 1", "Shift 2", "Shift 3"], does: "The same for every field" },
      { keys: ["E"], does: "Edit the field’s value" },
      { keys: ["N"], does: "Next conflict (Shift N: previous)" },
      { keys: ["Ctrl Enter"], does: "Keep the result, next conflict" },
    ],
  },
];
