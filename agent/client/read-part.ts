import type { RecordRead } from "../../core/session/ports.ts";
import { AgentError } from "../wire/agent-error.ts";
import { PART_UNITS } from "../wire/limits.ts";
import { unpackText } from "../wire/packed-text.ts";
import { PartKind } from "../wire/part.ts";
import { decodeRecordChunk } from "../wire/record-chunk.ts";
import type { Part } from "./part-reader.ts";

/** A part's text as UTF-8. */
const MAX_CHUNK_BYTES = 3 * PART_UNITS;

/** The records of a part that answers for `keys` from index `from` on. @throws AgentError "malformed-answer" */
export function recordsOf(part: Part, keys: readonly Uint8Array[], from: number): RecordRead[] {
  const isPacked = part.kind === PartKind.packedRecords;
  const text = textOf(part, isPacked ? PartKind.packedRecords : PartKind.records);
  try {
    return decodeRecordChunk(isPacked ? unpackText(text, MAX_CHUNK_BYTES) : text, keys, from);
  } catch (error) {
    throw malformed(String(error));
  }
}

export function textOf(part: Part, kind: PartKind): string {
  if (part.kind !== kind) throw malformed("a part of another kind");
  return part.text;
}

export function malformed(what: string): AgentError {
  return new AgentError(
    "malformed-answer",
    `The page's answer has ${what}. The page may interfere: reload it and try again.`,
  );
}
