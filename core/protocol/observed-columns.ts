/** What was seen in a page and accepted by nobody, on the wire. */
import * as v from "valibot";
import { MAX_OPERATIONS_PER_FRAME } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";
import {
  BytesSchema,
  packAscii,
  packBytes,
  unpackAscii,
  unpackBytes,
  WireColumnSchema,
} from "./wire-column.ts";
import { OP_ID } from "./write-columns.ts";

/**
 * `present`, `deleted`: the record as it was read after it was written, or that it was gone. `withheld`: it is there, and
 * cannot be told. `gap`: what was written before is not known key by key.
 */
const STATES = ["present", "deleted", "withheld", "gap"] as const;
export type ObservedState = (typeof STATES)[number];

export interface ObservedChange {
  /** Its own, and the same whenever it is told again. */
  readonly opId: string;
  /** Empty of a gap. */
  readonly key: Uint8Array;
  /** The version that the base knows; null = none. */
  readonly base: string | null;
  readonly state: ObservedState;
  /** UTF-8: of what is present its value text, of what is withheld and of a gap the reason. */
  readonly text: Uint8Array;
}

export const ObservedColumnsSchema = v.strictObject({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_OPERATIONS_PER_FRAME)),
  opIds: WireColumnSchema,
  keys: WireColumnSchema,
  /** Empty = none: a token is never empty. */
  bases: WireColumnSchema,
  /** Indexes of STATES. */
  states: BytesSchema,
  texts: WireColumnSchema,
});
export type ObservedColumns = v.InferOutput<typeof ObservedColumnsSchema>;

/** What a change weighs on the wire, about, in bytes. */
export const observedWeight = ({ key, text }: ObservedChange): number => key.length + text.length + 160;

export function packObserved(changes: readonly ObservedChange[]): ObservedColumns {
  return {
    count: changes.length,
    opIds: packAscii(changes.map(({ opId }) => opId)),
    keys: packBytes(changes.map(({ key }) => key)),
    bases: packAscii(changes.map(({ base }) => base ?? "")),
    states: Uint8Array.from(changes, ({ state }) => STATES.indexOf(state)),
    texts: packBytes(changes.map(({ text }) => text)),
  };
}

/**
 * Keys and texts are views of the frame.
 * @throws ProtocolError "malformed-frame"
 */
export function unpackObserved({ count, ...columns }: ObservedColumns): ObservedChange[] {
  if (columns.states.length !== count) {
    throw new ProtocolError("malformed-frame", "The columns of a list of changes differ in length");
  }
  const opIds = unpackAscii(columns.opIds, count);
  const keys = unpackBytes(columns.keys, count);
  const bases = unpackAscii(columns.bases, count);
  const texts = unpackBytes(columns.texts, count);
  return keys.map((key, i) => {
    const opId = opIds[i] as string;
    const state = STATES[columns.states[i] as number];
    if (!OP_ID.test(opId)) {
      throw new ProtocolError("malformed-frame", "An operation id is not 1 to 64 of 0-9 A-Z a-z _ -");
    }
    if (state === undefined || (state === "gap") !== (key.length === 0)) {
      throw new ProtocolError(
        "malformed-frame",
        `The change ${opId} has no state, or another than its key says`,
      );
    }
    const base = bases[i] === "" ? null : (bases[i] as string);
    return { opId, key, base, state, text: texts[i] as Uint8Array };
  });
}
