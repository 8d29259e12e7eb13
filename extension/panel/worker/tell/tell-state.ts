/** A mapping whose page's writes are told to consumers: what was agreed to, and how it stands. Structured-clonable, for the views. */
import * as v from "valibot";

/** A person agreed that what this page writes is told there. */
export const TellSettingsSchema = v.object({
  /** As the bridge named it then (`observedTo`): to another place nothing is told until somebody agrees anew. */
  to: v.string(),
});
export type TellSettings = Readonly<v.InferOutput<typeof TellSettingsSchema>>;

export type TellCondition =
  /** What is written is looked at and told. */
  | { readonly is: "telling" }
  /** Nobody watches the page's writes, or those of another frame are watched. */
  | { readonly is: "notWatched" }
  /** Another panel does it. */
  | { readonly is: "elsewhere" }
  /** The bridge would tell it to another place than was agreed to, or to none. */
  | { readonly is: "disagreed" }
  | { readonly is: "away"; readonly since: number; readonly reason: string; readonly retryAt: number };

export interface TellState {
  readonly mappingId: string;
  readonly condition: TellCondition;
  /** Changes that are known and not told yet. */
  readonly untold: number;
  /** Since the panel was opened; those withheld are among them. */
  readonly told: number;
  /** Told without the record, which cannot be told. */
  readonly withheld: number;
  /** Their key alone is too large: nothing is told of them. */
  readonly skipped: number;
  /** Times at which writes were not seen key by key, which is told, too. */
  readonly gaps: number;
}
