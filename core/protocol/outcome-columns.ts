/** Outcomes of operations on the wire: nearly all are `applied` and cost a status byte and a token. */
import * as v from "valibot";
import { ProtocolError } from "./protocol-error.ts";
import { packRecords, RecordColumnsSchema, recordWeight, unpackRecords } from "./record-columns.ts";
import type { StoredOutcome, StoredRecord } from "./stored.ts";
import {
  BytesSchema,
  packAscii,
  packText,
  unpackAscii,
  unpackText,
  WireColumnSchema,
} from "./wire-column.ts";

export const OutcomeColumnsSchema = v.strictObject({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  opIds: WireColumnSchema,
  /** Index into STATUSES. */
  statuses: BytesSchema,
  /** Of applied ones; empty = none. */
  tokens: WireColumnSchema,
  /** Of rejected ones. */
  codes: WireColumnSchema,
  /** Of rejected and unknown ones. */
  reasons: WireColumnSchema,
  /** Of conflicts and superseded ones, in their order. */
  currents: RecordColumnsSchema,
});
export type OutcomeColumns = v.InferOutput<typeof OutcomeColumnsSchema>;

/** The order is part of the wire format. */
const STATUSES = ["applied", "conflict", "rejected", "superseded", "unknown"] as const;

const currentOf = (outcome: StoredOutcome): StoredRecord | undefined =>
  outcome.status === "conflict" || outcome.status === "superseded" ? outcome.current : undefined;

/** What an outcome weighs on the wire, about, in bytes. */
export function outcomeWeight(outcome: StoredOutcome): number {
  const current = currentOf(outcome);
  return 120 + (current === undefined ? 0 : recordWeight(current));
}

export function packOutcomes(outcomes: readonly StoredOutcome[]): OutcomeColumns {
  return {
    count: outcomes.length,
    opIds: packAscii(outcomes.map((outcome) => outcome.opId)),
    statuses: Uint8Array.from(outcomes, (outcome) => STATUSES.indexOf(outcome.status)),
    tokens: packAscii(outcomes.map((outcome) => (outcome.status === "applied" ? (outcome.token ?? "") : ""))),
    codes: packAscii(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.code : ""))),
    reasons: packText(outcomes.map((outcome) => ("reason" in outcome ? outcome.reason : ""))),
    currents: packRecords(outcomes.map(currentOf).filter((current) => current !== undefined)),
  };
}

/** @throws ProtocolError "malformed-frame" */
export function unpackOutcomes(columns: OutcomeColumns): StoredOutcome[] {
  const { count, statuses } = columns;
  if (statuses.length !== count) {
    throw new ProtocolError("malformed-frame", "The columns of a list of outcomes differ in length");
  }
  const opIds = unpackAscii(columns.opIds, count);
  const tokens = unpackAscii(columns.tokens, count);
  const codes = unpackAscii(columns.codes, count);
  const reasons = unpackText(columns.reasons, count);
  const currents = unpackRecords(columns.currents);
  let nextCurrent = 0;
  const outcomes = opIds.map((opId, i): StoredOutcome => {
    const status = STATUSES[statuses[i] as number];
    switch (status) {
      case "applied":
        return { opId, status, ...(tokens[i] === "" ? {} : { token: tokens[i] as string }) };
      case "rejected":
        return { opId, status, code: codes[i] as string, reason: reasons[i] as string };
      case "unknown":
        return { opId, status, reason: reasons[i] as string };
      case "conflict":
      case "superseded": {
        const current = currents[nextCurrent++];
        if (current === undefined) {
          throw new ProtocolError("malformed-frame", `Outcome ${opId} lacks its current record`);
        }
        return { opId, status, current };
      }
      default:
        throw new ProtocolError("malformed-frame", `Outcome ${opId} has an unknown status`);
    }
  });
  if (nextCurrent !== currents.length) {
    throw new ProtocolError("malformed-frame", "There are more current records than outcomes with one");
  }
  return outcomes;
}
