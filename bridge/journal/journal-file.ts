/** What one file of the journal tells as a whole. */
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { readLog } from "./append-log.ts";
import { decodeJournalRecord, type JournalAbout, type JournalHeader } from "./journal-records.ts";

export interface JournalFileContent {
  readonly header: (JournalHeader & JournalAbout) | undefined;
  /** Distinct operations that were about to be sent. */
  readonly operations: number;
  /**
   * Unsettled: of some operation it is not known whether it applied. Damaged: its middle does not decode, so
   * what it knew after that is lost.
   */
  readonly state: "settled" | "unsettled" | "damaged";
  /** For "damaged": where and what to do. */
  readonly problem?: string;
}

export async function readJournalFile(path: string): Promise<JournalFileContent> {
  let header: JournalFileContent["header"];
  /** Attempts whose end is not known, by operation. */
  const open = new Map<string, number>();
  try {
    for await (const bytes of readLog(path)) {
      const record = decodeJournalRecord(bytes);
      if (record.is === "header") header = record.header;
      if (record.is === "intents") {
        for (const { opId } of record.intents) open.set(opId, (open.get(opId) ?? 0) + 1);
      }
      if (record.is === "outcomes") {
        for (const [opId, { is }] of record.conclusions) {
          // "rejected" is about one attempt, the others about the operation.
          open.set(opId, is === "rejected" ? Math.max(0, (open.get(opId) ?? 0) - 1) : 0);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { header, operations: open.size, state: "damaged", problem: error.message };
  }
  const isSettled = [...open.values()].every((attempts) => attempts === 0);
  return { header, operations: open.size, state: isSettled ? "settled" : "unsettled" };
}
