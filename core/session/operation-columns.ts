/**
 * Operations by column. Structured cloning of 100,000 operations as objects takes 2.2 s (Node 20), by column a
 * tenth of that; and keys that are views would each carry their whole buffer along.
 */
import {
  type DigestColumn,
  type IdColumn,
  type KeyColumn,
  packDigests,
  packIds,
  packKeys,
  packTexts,
  sharedDigests,
  type TextColumn,
  unpackDigest,
  unpackId,
  unpackKey,
  unpackText,
} from "./columns.ts";
import { DRIFT_KINDS } from "./drift.ts";
import type { PlannedOperation } from "./plan.ts";
import type { BaseEntry } from "./ports.ts";
import { SessionError } from "./session-error.ts";

const SIDES = ["local", "remote", "base"] as const;
const ACTIONS = ["create", "replace", "delete", "base"] as const;
const SOURCES = ["local", "remote", "inline", "none"] as const;
const BASE_STATES = ["present", "deleted", "absent", "noBase"] as const;
/** In a column of indices: the value is missing. */
const MISSING = 255;

interface BaseColumns {
  /** Index into BASE_STATES, or MISSING where there is no entry. */
  readonly states: Uint8Array;
  readonly digests?: DigestColumn;
  readonly tokens?: TextColumn;
  /** By index of the operation. */
  readonly bodies: ReadonlyMap<number, string>;
}

/** The format is that of saved plans: what is added has to be optional. */
export interface OperationColumns extends KeyColumn {
  readonly count: number;
  readonly opIds: IdColumn;
  readonly sides: Uint8Array;
  readonly actions: Uint8Array;
  readonly sources: Uint8Array;
  readonly kinds: Uint8Array;
  readonly keepBaseToken: Uint8Array;
  readonly expectLocal?: DigestColumn;
  readonly expectRemote?: TextColumn;
  readonly digests?: DigestColumn;
  readonly bodies: ReadonlyMap<number, string>;
  /** Absent in plans of before. */
  readonly rests?: ReadonlyMap<number, string>;
  /** `baseBody` of an operation is the body in here. */
  readonly baseAfter: BaseColumns;
  readonly baseBefore: BaseColumns;
}

export function packOperations(operations: readonly PlannedOperation[]): OperationColumns {
  const digests = packDigests(operations.map(({ digest }) => digest));
  const expectLocal = sharedDigests(packDigests(operations.map(({ expectLocal }) => expectLocal)), digests);
  const expectRemote = packTexts(operations.map(({ expectRemote }) => expectRemote));
  return {
    count: operations.length,
    opIds: packIds(operations.map(({ opId }) => opId)),
    ...packKeys(operations.map(({ key }) => key)),
    sides: indices(operations, ({ side }) => SIDES.indexOf(side)),
    actions: indices(operations, ({ action }) => ACTIONS.indexOf(action)),
    sources: indices(operations, ({ source }) => SOURCES.indexOf(source)),
    kinds: indices(operations, ({ kind }) => (kind ? DRIFT_KINDS.indexOf(kind) : MISSING)),
    keepBaseToken: indices(operations, ({ keepBaseToken }) => (keepBaseToken ? 1 : 0)),
    ...(expectLocal ? { expectLocal } : {}),
    ...(expectRemote ? { expectRemote } : {}),
    ...(digests ? { digests } : {}),
    bodies: packBodies(operations, ({ body }) => body),
    rests: packBodies(operations, ({ rest }) => rest),
    baseAfter: packBase(
      operations,
      ({ baseAfter }) => baseAfter,
      ({ baseBody }) => baseBody,
      [digests, expectLocal],
    ),
    baseBefore: packBase(
      operations,
      ({ baseBefore }) => baseBefore,
      ({ baseBefore }) => baseBefore?.body,
      [digests, expectLocal],
    ),
  };
}

/** What costs no text to be made of. */
export type OperationHead = Pick<PlannedOperation, "side" | "action" | "kind">;

/** @throws SessionError "malformed-plan" for one that is damaged. */
export function headAt(packed: OperationColumns, i: number): OperationHead {
  const kind = DRIFT_KINDS[packed.kinds[i] ?? MISSING];
  const side = member(SIDES, packed.sides[i]);
  const action = member(ACTIONS, packed.actions[i]);
  return kind === undefined ? { side, action } : { side, action, kind };
}

/** @throws SessionError "malformed-plan" for one that is damaged. */
export function unpackOperation(packed: OperationColumns, i: number): PlannedOperation {
  const key = unpackKey(packed, i);
  const body = packed.bodies.get(i);
  const rest = packed.rests?.get(i);
  const kind = DRIFT_KINDS[packed.kinds[i] ?? MISSING];
  const baseBefore = unpackBase(packed.baseBefore, key, i, true);
  const baseAfter = unpackBase(packed.baseAfter, key, i, false);
  const baseBody = packed.baseAfter.bodies.get(i);
  return {
    opId: opIdAt(packed, i),
    key,
    side: member(SIDES, packed.sides[i]),
    action: member(ACTIONS, packed.actions[i]),
    expectLocal: unpackDigest(packed.expectLocal, i) ?? null,
    expectRemote: unpackText(packed.expectRemote, i) ?? null,
    digest: unpackDigest(packed.digests, i) ?? null,
    source: member(SOURCES, packed.sources[i]),
    ...(body === undefined ? {} : { body }),
    ...(rest === undefined ? {} : { rest }),
    baseAfter,
    ...(baseBody === undefined ? {} : { baseBody }),
    ...(baseBefore ? { baseBefore } : {}),
    ...(kind ? { kind } : {}),
    ...(packed.keepBaseToken[i] === 1 ? { keepBaseToken: true } : {}),
  };
}

/** @throws SessionError "malformed-plan" for one that is damaged. */
export function opIdAt({ opIds, count }: OperationColumns, i: number): string {
  const opId = i < count ? unpackId(opIds, i) : undefined;
  if (opId === undefined) throw damaged();
  return opId;
}

function indices(
  operations: readonly PlannedOperation[],
  of: (operation: PlannedOperation) => number,
): Uint8Array {
  const column = new Uint8Array(operations.length);
  for (let i = 0; i < operations.length; i++) column[i] = of(operations[i] as PlannedOperation);
  return column;
}

function packBase(
  operations: readonly PlannedOperation[],
  of: (operation: PlannedOperation) => Omit<BaseEntry, "body"> | undefined,
  bodyOf: (operation: PlannedOperation) => string | undefined,
  others: readonly (DigestColumn | undefined)[],
): BaseColumns {
  const digests = sharedDigests(packDigests(operations.map((operation) => of(operation)?.digest)), ...others);
  const tokens = packTexts(operations.map((operation) => of(operation)?.token));
  return {
    states: indices(operations, (operation) => {
      const entry = of(operation);
      return entry ? BASE_STATES.indexOf(entry.state) : MISSING;
    }),
    ...(digests ? { digests } : {}),
    ...(tokens ? { tokens } : {}),
    bodies: packBodies(operations, bodyOf),
  };
}

function packBodies(
  operations: readonly PlannedOperation[],
  of: (operation: PlannedOperation) => string | undefined,
): Map<number, string> {
  const bodies = new Map<number, string>();
  operations.forEach((operation, i) => {
    const body = of(operation);
    if (body !== undefined) bodies.set(i, body);
  });
  return bodies;
}

function unpackBase(
  columns: BaseColumns,
  key: Uint8Array,
  i: number,
  withBody: boolean,
): BaseEntry | undefined {
  const state = BASE_STATES[columns.states[i] ?? MISSING];
  if (!state) return undefined;
  const digest = unpackDigest(columns.digests, i);
  const token = unpackText(columns.tokens, i);
  const body = withBody ? columns.bodies.get(i) : undefined;
  return {
    key,
    state,
    ...(digest ? { digest } : {}),
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  };
}

function member<T>(list: readonly T[], index: number | undefined): T {
  const found = index === undefined ? undefined : list[index];
  if (found === undefined) throw damaged();
  return found;
}

function damaged(): SessionError {
  return new SessionError("malformed-plan", "A saved operation is damaged.");
}
