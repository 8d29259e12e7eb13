/** What a person should know before a yes, in words for a terminal. */
import type { PlanWarning } from "../../core/session/plan-warnings.ts";
import type { StoreMapping } from "./sync/store-run.ts";

const number = (value: number): string => value.toLocaleString("en");

const counted = (value: number, one: string): string =>
  value === 1 ? `1 ${one}` : `${number(value)} ${one}s`;

export function warningWords(warning: PlanWarning, { store, collection }: StoreMapping): string {
  switch (warning.is) {
    case "refused": {
      const { side, operations, reason } = warning;
      const place = side === "remote" ? `collection "${collection}"` : `store "${store}"`;
      return `${counted(operations, "operation")} would be refused by the ${place}: ${reason}`;
    }
    case "moved":
      return `${counted(warning.operations, "operation")} would meet a conflict: the records moved since the compare.`;
    case "untried": {
      const { operations, indexes } = warning;
      const unique =
        indexes.length === 0 ? "" : ` The store "${store}" has unique indexes: ${indexes.join(", ")}.`;
      return `${number(operations)} operations are too many to try beforehand: --dry-run tells which would be refused.${unique}`;
    }
    case "keyGenerator":
      return `The store "${store}" generates keys, and ${counted(warning.creates, "record")} created in it bring their own: it goes on after ${number(warning.highest)}, unless it is past that already.`;
    case "ignoredFields":
      return `${counted(warning.creates, "created record")} will lack ${warning.fields.join(", ")}, which this mapping ignores.`;
    case "caution":
      return warning.said;
  }
}
