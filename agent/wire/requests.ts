/**
 * What the client asks of the engine. A request is this as JSON, in one string literal; keys and digests are
 * hexadecimal. Value texts follow the JSON behind a line feed, so that nothing escapes them twice. A long request
 * is sent packed (`packed-text.ts`), marked by `PACKED`. The answer is a stream of parts (`part.ts`).
 */

import type { RowMapping } from "../../core/mapping/columns-codec.ts";
import type { LostReason } from "./engine-messages.ts";

/** No JSON begins so. */
export const PACKED = "P";

/** What of a record takes part: all but some top-level properties, or what a columns mapping maps. */
export interface Projection {
  readonly ignore: readonly string[];
  readonly columns?: RowMapping;
}

import type { DatabaseSchema } from "../../core/session/ports.ts";

/** Names the database; `storageKey` guards against another origin having taken the frame's place. */
export interface Target {
  readonly storageKey: string;
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
}

/** Lets the client see whether the agent's built-ins do what they should. */
export interface HelloRequest {
  readonly op: "hello";
  readonly sample: string;
}

export interface DescribeRequest {
  readonly op: "describe";
}

export interface DescribeStoreRequest {
  readonly op: "describeStore";
  readonly target: Target;
  /** The whole database, too. */
  readonly database: boolean;
}

/** Makes a database that is not there; the target's store does not matter. */
export interface CreateDatabaseRequest {
  readonly op: "createDatabase";
  readonly target: Target;
  readonly schema: DatabaseSchema;
}

export interface CountRequest {
  readonly op: "count";
  readonly target: Target;
}

/** All bounds are hexadecimal key bytes: `lower` inclusive, `after` and `upper` exclusive. */
export interface ScanRequest extends Projection {
  readonly op: "scan";
  readonly target: Target;
  readonly after?: string;
  readonly lower?: string;
  readonly upper?: string;
  readonly batchSize: number;
}

export interface LookupRequest extends Projection {
  readonly op: "lookup";
  readonly target: Target;
  readonly keys: readonly string[];
}

export interface ReadRequest extends Projection {
  readonly op: "read";
  readonly target: Target;
  readonly keys: readonly string[];
  /** Also what the projection leaves out. */
  readonly rest?: boolean;
}

/** Where a page of the grid starts: strictly after this record. `indexKey` is set when paging by an index. */
export interface RecordPosition {
  readonly key: string;
  readonly indexKey?: string;
}

export interface RecordsRequest {
  readonly op: "records";
  readonly target: Target;
  readonly index?: string;
  readonly after?: RecordPosition;
  readonly direction: "next" | "prev";
  readonly limit: number;
  /** A longer value text is left out of its row. */
  readonly maxBodyUnits: number;
  /** The page of rows ends when it has reached this size. */
  readonly maxBytes: number;
}

export interface KeysRequest {
  readonly op: "keys";
  readonly target: Target;
  readonly after?: string;
  readonly limit: number;
}

export interface WriteOperation {
  readonly key: string;
  /** null = nothing may be there. */
  readonly expect: string | null;
  /** Set together: digest of what to put, and the length of its text. Both absent: delete. */
  readonly digest?: string;
  readonly bodyUnits?: number;
  /** The length of the text of what the projection leaves out, for a record that comes back. */
  readonly restUnits?: number;
}

export interface WriteRequest extends Projection {
  readonly op: "write";
  readonly target: Target;
  readonly dryRun: boolean;
  readonly operations: readonly WriteOperation[];
}

/** Which keys of the store the page wrote, of those that were recorded after number `since`. */
export interface RecordedRequest {
  readonly op: "recorded";
  readonly target: Target;
  readonly watch: string;
  readonly since: number;
}

/** A number to go on from, and the keys in hexadecimal, or why they are not all known. */
export type Recorded =
  | { readonly at: number; readonly keys: readonly string[] }
  | { readonly at: number; readonly lost: LostReason }
  /** Nothing is recorded under this name. */
  | { readonly ended: true };

/** How many keys are recorded of a store, or why not all are. */
export interface WatchedStore {
  readonly database: string;
  readonly store: string;
  readonly keys: number;
}

export type AgentRequest =
  | HelloRequest
  | DescribeRequest
  | DescribeStoreRequest
  | CreateDatabaseRequest
  | CountRequest
  | ScanRequest
  | LookupRequest
  | ReadRequest
  | RecordsRequest
  | KeysRequest
  | WriteRequest
  | RecordedRequest;
