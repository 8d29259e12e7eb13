import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { BackendRows, EncodedEntries } from "../backend.ts";

export const notKept = (): ProtocolError =>
  new ProtocolError(
    "not-kept",
    "What was read before is not kept any more, since records were written or read anew: compare again.",
  );

/** @throws ProtocolError "not-kept", at the latest when it is read. */
export function scanKept({ kept }: Pick<BackendRows, "kept">, at: number): AsyncIterable<EncodedEntries> {
  if (kept === undefined) throw notKept();
  return kept.entries(at);
}
