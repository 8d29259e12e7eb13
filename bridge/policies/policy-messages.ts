/** What the bridge and the thread of a policy module say to each other. */
import type { CustomAnswer, CustomConflict } from "../../core/session/policy-custom.ts";

/** To the thread: one conflict at a time, so that the time limit is that of one record. */
export type ToPolicy = CustomConflict;

export type FromPolicy =
  | { readonly is: "ready" }
  /** The module cannot be used. */
  | { readonly is: "unusable"; readonly reason: string }
  | { readonly is: "answer"; readonly answer: CustomAnswer };
