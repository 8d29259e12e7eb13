/** Names of the 16 px icons in the sprite. */
export type IconName =
  | "page"
  | "remote"
  | "settings"
  | "base"
  | "merge"
  | "frame"
  | "bucket"
  | "db"
  | "store"
  | "index"
  | "key"
  | "search"
  | "filter"
  | "right"
  | "down"
  | "left"
  | "up"
  | "check"
  | "warn"
  | "err"
  | "info"
  | "clock"
  | "unknown"
  | "spin"
  | "unplug"
  | "link"
  | "copy"
  | "edit"
  | "help"
  | "refresh"
  | "lock"
  | "undo"
  | "push"
  | "pull"
  | "both"
  | "swap"
  | "skip"
  | "time"
  | "pause"
  | "x"
  | "photo";

/** Names of the 12 px tiles in the sprite. */
export type GlyphName =
  | "add"
  | "chg"
  | "rem"
  | "none"
  | "same"
  | "diff"
  | "has"
  | "nil"
  | "bad"
  | "unk"
  | "ok"
  | "conf"
  | "rej";

/** What a colour means. Never shown without a glyph or a word beside it. */
export type Tone = "add" | "chg" | "rem" | "conf" | "same" | "unk" | "off" | "acc";

/** Decoration only: the words beside it carry the meaning. */
export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  const classes = `i${small ? " s12" : ""}${name === "spin" ? " spin" : ""}`;
  return (
    <svg class={classes} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

const WIDE: ReadonlySet<GlyphName> = new Set(["same", "diff"]);

export function Glyph({ name, tone }: { name: GlyphName; tone: Tone }) {
  const wide = WIDE.has(name);
  return (
    <svg
      class={`g c-${tone}${wide ? " wide" : ""}`}
      viewBox={wide ? "0 0 26 12" : "0 0 12 12"}
      aria-hidden="true"
    >
      <use href={`#g-${name}`} />
    </svg>
  );
}

export function Logo({ inSync = false }: { inSync?: boolean }) {
  return (
    <svg class="logo" viewBox="0 0 16 16" aria-hidden="true">
      <use href={inSync ? "#logo-sync" : "#logo"} />
    </svg>
  );
}
