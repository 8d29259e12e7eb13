import type { ComponentChildren } from "preact";
import type { PlanWarning } from "../../../../core/session/plan-warnings.ts";
import { count, plural } from "../../format/numbers.ts";
import type { PlanSummary } from "../../worker/api.ts";

export interface WarningWords {
  readonly tone: "warn" | "info";
  readonly words: ComponentChildren;
}

/** What a warning of the worker says. */
export function sayWarning(warning: PlanWarning, plan: PlanSummary): WarningWords {
  switch (warning.is) {
    case "refused": {
      const { side, reason, operations } = warning;
      const name = side === "remote" ? plan.remoteName : plan.localName;
      return {
        tone: "warn",
        words: (
          <>
            <b>
              {plural(operations, "operation")} would be refused in <bdi>{name}</bdi>.
            </b>{" "}
            {reason}
          </>
        ),
      };
    }
    case "moved":
      return {
        tone: "warn",
        words: (
          <>
            <b>{plural(warning.operations, "operation")} would meet a conflict:</b> the records moved since
            the compare. They come back to the list with what is there now.
          </>
        ),
      };
    case "untried":
      return {
        tone: "info",
        words: (
          <>
            {count(warning.operations)} operations are too many to try beforehand: a dry run tells which of
            them would be refused.
            {warning.indexes.length === 0 ? null : (
              <>
                {" "}
                <bdi>{plan.localName}</bdi> has the unique{" "}
                {warning.indexes.length === 1 ? "index" : "indexes"} <bdi>{warning.indexes.join(", ")}</bdi>.
              </>
            )}
          </>
        ),
      };
    case "keyGenerator":
      return {
        tone: "info",
        words: (
          <>
            <bdi>{plan.localName}</bdi> generates keys. {plural(warning.creates, "record")} created here bring
            their own: its generator goes on after {count(warning.highest)}, unless it is past that already.
          </>
        ),
      };
    case "caution":
      return { tone: "warn", words: warning.said };
    case "ignoredFields":
      return {
        tone: "warn",
        words: (
          <>
            <b>
              {plural(warning.creates, "created record")} will lack <bdi>{warning.fields.join(", ")}</bdi>:
            </b>{" "}
            this mapping ignores {warning.fields.length === 1 ? "that field" : "those fields"}.
          </>
        ),
      };
  }
}
