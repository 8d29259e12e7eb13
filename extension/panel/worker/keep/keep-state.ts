/** A mapping that is kept in sync: how it was set, and how it stands. Structured-clonable, for the views. */
import * as v from "valibot";
import type { DriftKind } from "../../../../core/session/drift.ts";
import type { OverLimit } from "../../../../core/session/safety-limit.ts";

export const SHORTEST_INTERVAL_SECONDS = 2;
export const LONGEST_INTERVAL_SECONDS = 3600;

export const KeepSettingsSchema = v.object({
  /** Between the end of a round and the next one. */
  intervalSeconds: v.pipe(
    v.number(),
    v.minValue(SHORTEST_INTERVAL_SECONDS),
    v.maxValue(LONGEST_INTERVAL_SECONDS),
  ),
  /** Of a side's records, how many a round may delete or replace, in percent. */
  limitPercent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  /** The page's writes are watched meanwhile, and what it writes is looked at soon after. */
  watchWrites: v.boolean(),
  /** The person agreed that rounds write a connection that wants every apply confirmed. */
  unasked: v.boolean(),
});

export type KeepSettings = Readonly<v.InferOutput<typeof KeepSettingsSchema>>;

export const DEFAULT_KEEP_SETTINGS: KeepSettings = {
  intervalSeconds: 10,
  limitPercent: 20,
  watchWrites: true,
  unasked: false,
};

/** What the page did since both sides were last known to be equal; told while the remote cannot be asked. */
export interface Behind {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Why no round writes until a person has said something. */
export type Pause =
  /** It would delete or replace more of a side than was allowed; the plan can be looked at. */
  | { readonly is: "limit"; readonly over: OverLimit; readonly applyId: string }
  /** It would delete so much that the name of the place is to be typed. */
  | { readonly is: "deletes"; readonly name: string; readonly deletes: number; readonly applyId: string }
  /** The connection wants every apply confirmed, and nobody agreed to do without. */
  | { readonly is: "wants-confirmation" }
  | { readonly is: "error"; readonly code: string; readonly reason: string };

export type KeepCondition =
  /** No round has ended yet. */
  | { readonly is: "starting" }
  /** Another panel does it. */
  | { readonly is: "elsewhere" }
  /** The last round left no drift. */
  | {
      readonly is: "inSync";
      /** When its compare ended, in milliseconds since 1970. */
      readonly at: number;
      readonly records: number;
      /** Only these keys were looked at; all records were compared at `fullAt`. */
      readonly rechecked?: { readonly keys: number; readonly fullAt: number };
    }
  /** The last round left drift that nobody but a person decides. */
  | {
      readonly is: "waiting";
      readonly at: number;
      readonly left: number;
      readonly kinds: Readonly<Partial<Record<DriftKind, number>>>;
    }
  | {
      readonly is: "offline";
      readonly since: number;
      /** Which side cannot be reached. */
      readonly side: "local" | "remote";
      readonly reason: string;
      readonly retryAt: number;
      /** Absent while it is not known. */
      readonly behind?: Behind;
    }
  | { readonly is: "paused"; readonly at: number; readonly because: Pause };

export interface KeepState {
  readonly mappingId: string;
  readonly condition: KeepCondition;
  /** What a round does now. */
  readonly busy?: "comparing" | "applying";
  /** Keys that the page wrote since the last round, or what a round is writing; 0 where nothing is known of. */
  readonly behind: number;
  /** A person has a plan or a conflict open: no round begins until it is closed. */
  readonly held: boolean;
  /** The last round that wrote something. */
  readonly wrote?: { readonly at: number; readonly pushed: number; readonly pulled: number };
}
