import type { GlyphName, Tone } from "../../components/icon.tsx";
import type { Status } from "../../stores/plan.ts";

/** How every outcome is called and drawn. "Unknown" is never called failed: it is being settled. */
export const OUTCOME_WORDS: Readonly<
  Record<
    Status,
    { readonly label: string; readonly verb: string; readonly glyph: GlyphName; readonly tone: Tone }
  >
> = {
  applied: { label: "Applied", verb: "applied", glyph: "ok", tone: "add" },
  conflict: { label: "Conflict", verb: "in conflict", glyph: "conf", tone: "conf" },
  rejected: { label: "Rejected", verb: "rejected", glyph: "rej", tone: "rem" },
  superseded: { label: "Superseded", verb: "superseded", glyph: "conf", tone: "chg" },
  unknown: { label: "Unknown", verb: "unknown", glyph: "unk", tone: "unk" },
  notRun: { label: "Not run", verb: "not run", glyph: "none", tone: "off" },
};
