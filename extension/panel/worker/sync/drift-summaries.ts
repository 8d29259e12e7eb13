/** What changed, in a line or two for each row of the list. Bodies are read only for the rows on screen. */
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import type { ElementIdentity } from "../../../../core/mapping/mapping-settings.ts";
import { diffFields, type FieldDifference } from "../../../../core/merge/diff-fields.ts";
import type { Drift } from "../../../../core/session/drift.ts";
import type { LocalStore, RecordRead, RemoteStore } from "../../../../core/session/ports.ts";
import { pathText } from "../../format/path-text.ts";
import { lineText } from "../../format/value-text.ts";
import type { DriftSummary } from "../api.ts";

/** Characters of a record on one line, and of one side of a field. */
const PREVIEW_CHARACTERS = 120;
const FIELD_CHARACTERS = 40;
const FIELDS_SHOWN = 4;

/** Where whole records are read. */
interface Sides {
  readonly local: Pick<LocalStore, "read">;
  readonly remote: Pick<RemoteStore, "read">;
}

/** @throws AgentError, ProtocolError. */
export async function summarizeDrifts(
  ports: Sides,
  drifts: readonly Drift[],
  identities: readonly ElementIdentity[],
): Promise<readonly (DriftSummary | undefined)[]> {
  const [here, there] = await Promise.all([
    readPresent(ports.local, drifts, (drift) => drift.local.state),
    readPresent(ports.remote, drifts, (drift) => drift.remote.state),
  ]);
  return drifts.map((drift) => summaryOf(drift, here.get(drift.key), there.get(drift.key), identities));
}

async function readPresent(
  store: Sides["local"] | Sides["remote"],
  drifts: readonly Drift[],
  stateOf: (drift: Drift) => string,
): Promise<Map<Uint8Array, RecordRead>> {
  const keys = drifts.filter((drift) => stateOf(drift) === "present").map((drift) => drift.key);
  const found = new Map<Uint8Array, RecordRead>();
  if (keys.length === 0) return found;
  let at = 0;
  for await (const records of store.read(keys)) {
    for (const record of records) found.set(keys[at++] as Uint8Array, record);
  }
  return found;
}

function summaryOf(
  drift: Drift,
  local: RecordRead | undefined,
  remote: RecordRead | undefined,
  identities: readonly ElementIdentity[],
): DriftSummary | undefined {
  const here = local?.body;
  const there = remote?.body;
  if (here !== undefined && there !== undefined) {
    // From what stood before to what is new; where that is not known, from here to there.
    const [before, after] = drift.kind === "changedHere" ? [there, here] : [here, there];
    return changesBetween(before, after, identities);
  }
  const body = here ?? there;
  if (body === undefined) return undefined;
  return { fields: [], more: 0, preview: lineText(decodeValue(body), { budget: PREVIEW_CHARACTERS }) };
}

function changesBetween(before: string, after: string, identities: readonly ElementIdentity[]): DriftSummary {
  const differences = diffFields(decodeValue(before), decodeValue(after), identities);
  const fields = differences.slice(0, FIELDS_SHOWN).map((difference) => ({
    path: pathText(difference.path),
    ...previewOf("from", difference.before),
    ...previewOf("to", difference.after),
  }));
  return { fields, more: differences.length - fields.length };
}

function previewOf(name: "from" | "to", slot: FieldDifference["before"]): { from?: string; to?: string } {
  return slot.present ? { [name]: lineText(slot.value, { budget: FIELD_CHARACTERS }) } : {};
}
