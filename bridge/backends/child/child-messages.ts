/**
 * What a bridge and the child process that runs an embedded backend tell each other, over Node's IPC channel
 * with advanced serialization. Both ends are this program; lists travel as columns, because the serializer
 * pays for every object.
 */

import type { TableDescription } from "../../../core/mapping/table-description.ts";
import type { Finding, ObservedResult } from "../../../core/protocol/frames.ts";
import type { ObservedColumns } from "../../../core/protocol/observed-columns.ts";
import type { ProtocolErrorCode } from "../../../core/protocol/protocol-error.ts";
import {
  packRecords,
  packRests,
  type RecordColumns,
  unpackRecords,
  unpackRests,
} from "../../../core/protocol/record-columns.ts";
import {
  packAscii,
  packBytes,
  unpackAscii,
  unpackBytes,
  type WireColumn,
} from "../../../core/protocol/wire-column.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import type {
  BackendOutcome,
  BackendRecord,
  BackendScan,
  BackendWrite,
  EncodedEntries,
  ObservedBatch,
} from "../backend.ts";

/** Whose rows: a collection's, or a table's through a mapping (JSON text of a TableMapping). */
export type RowsName = { readonly collection: string } | { readonly mapping: string };

export type ChildRequest =
  | { readonly op: "collections" }
  | { readonly op: "check" }
  | { readonly op: "tables" }
  | { readonly op: "describeTable"; readonly table: string }
  | { readonly op: "tableIdentity"; readonly table: string }
  | { readonly op: "meta"; readonly collection: string }
  | { readonly op: "init"; readonly collection: string; readonly init: CollectionInit }
  | { readonly op: "lookup"; readonly of: RowsName; readonly keys: WireColumn; readonly count: number }
  | {
      readonly op: "write" | "predict";
      readonly of: RowsName;
      readonly writes: WriteList;
      readonly writer: string;
    }
  | { readonly op: "scan"; readonly of: RowsName; readonly range: BackendScan }
  | {
      readonly op: "read";
      readonly of: RowsName;
      readonly keys: WireColumn;
      readonly count: number;
      readonly rest: boolean;
    }
  | { readonly op: "changes"; readonly collection: string; readonly since: string }
  | ({ readonly op: "tellObserved"; readonly changes: ObservedColumns } & Omit<ObservedBatch, "changes">);

export type ToChild =
  | { readonly id: number; readonly request: ChildRequest }
  /** One more item of a stream may be sent. */
  | { readonly id: number; readonly pull: true }
  | { readonly id: number; readonly cancel: true };

export interface ChildResults {
  readonly collections: { name: string; count?: number }[];
  readonly check: readonly Finding[];
  readonly meta: CollectionMeta | undefined;
  readonly init: CollectionMeta;
  readonly lookup: EncodedEntries;
  readonly write: OutcomeList;
  readonly predict: OutcomeList;
  readonly tables: { name: string; isView: boolean; rows?: number }[];
  readonly describeTable: TableDescription;
  readonly tableIdentity: string;
  readonly tellObserved: ObservedResult;
}

export interface ChildItems {
  readonly scan: EncodedEntries;
  readonly read: RecordList;
  readonly changes: EncodedEntries;
}

export type FromChild =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly item: unknown }
  | { readonly id: number; readonly end: string | undefined }
  | {
      readonly id: number;
      readonly error: {
        readonly code: ProtocolErrorCode;
        readonly message: string;
        readonly nothingWritten: boolean;
      };
    };

export interface RecordList {
  readonly records: RecordColumns;
  /** Empty = none. */
  readonly prevOpIds: WireColumn;
}

export function packRecordList(records: readonly BackendRecord[]): RecordList {
  return {
    records: packRecords(records),
    prevOpIds: packAscii(records.map(({ prevOpId }) => prevOpId ?? "")),
  };
}

export function unpackRecordList(list: RecordList): BackendRecord[] {
  const records = unpackRecords(list.records);
  const prevOpIds = unpackAscii(list.prevOpIds, records.length);
  return records.map((record, i) =>
    prevOpIds[i] === "" ? record : { ...record, prevOpId: prevOpIds[i] as string },
  );
}

export interface WriteList {
  readonly count: number;
  readonly opIds: WireColumn;
  readonly keys: WireColumn;
  /** Empty = nothing may be there. */
  readonly expects: WireColumn;
  /** 0 = put, 1 = delete, 2 = absent. */
  readonly kinds: Uint8Array;
  readonly digests: WireColumn;
  readonly bodies: WireColumn;
  readonly rests?: WireColumn;
}

const NO_BYTES = new Uint8Array(0);

export function packWriteList(writes: readonly BackendWrite[]): WriteList {
  const puts = writes.map(({ write }) => (typeof write === "string" ? undefined : write));
  return {
    count: writes.length,
    opIds: packAscii(writes.map(({ opId }) => opId)),
    keys: packBytes(writes.map(({ key }) => key)),
    expects: packAscii(writes.map(({ expect }) => expect ?? "")),
    kinds: Uint8Array.from(writes, ({ write }) => (write === "delete" ? 1 : write === "absent" ? 2 : 0)),
    digests: packBytes(puts.map((put) => put?.digest ?? NO_BYTES)),
    bodies: packBytes(puts.map((put) => put?.body ?? NO_BYTES)),
    ...packRests(puts.map((put) => put ?? {})),
  };
}

export function unpackWriteList(list: WriteList): BackendWrite[] {
  const opIds = unpackAscii(list.opIds, list.count);
  const keys = unpackBytes(list.keys, list.count);
  const expects = unpackAscii(list.expects, list.count);
  const digests = unpackBytes(list.digests, list.count);
  const bodies = unpackBytes(list.bodies, list.count);
  const rests = unpackRests(list.rests, list.count);
  return keys.map((key, i) => ({
    opId: opIds[i] as string,
    key,
    expect: expects[i] === "" ? null : (expects[i] as string),
    write:
      list.kinds[i] === 1
        ? "delete"
        : list.kinds[i] === 2
          ? "absent"
          : { digest: digests[i] as Uint8Array, body: bodies[i] as Uint8Array, ...rests[i] },
  }));
}

export interface OutcomeList {
  readonly count: number;
  /** Of applied ones; empty = the next of `others`. */
  readonly tokens: WireColumn;
  readonly missed: RecordList;
  readonly others: readonly ({ readonly code: string; readonly reason: string } | "missed" | "applied")[];
}

export function packOutcomeList(outcomes: readonly BackendOutcome[]): OutcomeList {
  const missed: BackendRecord[] = [];
  const others: OutcomeList["others"][number][] = [];
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") others.push({ code: outcome.code, reason: outcome.reason });
    if (outcome.status === "applied" && outcome.token === undefined) others.push("applied");
    if (outcome.status !== "missed") continue;
    missed.push(outcome.current);
    others.push("missed");
  }
  return {
    count: outcomes.length,
    tokens: packAscii(outcomes.map((outcome) => (outcome.status === "applied" ? (outcome.token ?? "") : ""))),
    missed: packRecordList(missed),
    others,
  };
}

export function unpackOutcomeList(list: OutcomeList): BackendOutcome[] {
  const missed = unpackRecordList(list.missed).values();
  const others = list.others.values();
  return unpackAscii(list.tokens, list.count).map((token): BackendOutcome => {
    if (token !== "") return { status: "applied", token };
    const other = others.next().value;
    if (other === "applied") return { status: "applied" };
    if (other !== undefined && other !== "missed") return { status: "rejected", ...other };
    const current = missed.next().value;
    if (current === undefined) throw new TypeError("The child's outcomes lack a current record");
    return { status: "missed", current };
  });
}
